import { VirtualTime } from '../virtualTime';

/** The time of a test file: for its stand-in gateway, the node, and the deadlines of the node's requests. */
export const time = new VirtualTime();
afterAll(() => time.close());

/** Makes request deadlines virtual, too, until the end of the surrounding tests. */
export function useVirtualLimits(): void {
	let limits: jest.SpyInstance;
	beforeEach(() => {
		limits = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => time.timeout(ms));
	});
	afterEach(() => limits.mockRestore());
}
