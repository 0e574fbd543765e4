import { VirtualTime } from '../virtualTime';

/** The time of a test file: of its stand-in gateway, of the node, and of the limits of the node's requests. */
export const time = new VirtualTime();
afterAll(() => time.close());

/** Until the end of the tests around it, the limits of requests are of virtual time too. */
export function useVirtualLimits(): void {
	let limits: jest.SpyInstance;
	beforeEach(() => {
		limits = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => time.timeout(ms));
	});
	afterEach(() => limits.mockRestore());
}
