import { Ledger } from '../../nodes/Sora/tasks/ledger';
import { RecentPurchases } from '../../nodes/Sora/tasks/recentPurchases';
import { START } from './virtualClock';

const HOUR = 3_600_000;
const bought = (number: number, at = START) => ({ taskId: `video_${number}`, at });

describe('what a process has bought', () => {
	it('is found again by its key, for an hour', () => {
		const recent = new RecentPurchases();
		recent.remember('a', bought(1));
		expect(recent.find('a', START + HOUR)).toEqual(bought(1));
		expect(recent.find('a', START + HOUR + 1)).toBeUndefined();
		expect(recent.find('b', START)).toBeUndefined();
	});

	it('is forgotten where it has failed', () => {
		const recent = new RecentPurchases();
		recent.remember('a', bought(1));
		recent.forget('a');
		expect(recent.find('a', START)).toBeUndefined();
	});

	it('is bounded: the oldest go first', () => {
		const recent = new RecentPurchases(2);
		for (const number of [1, 2, 3]) recent.remember(String(number), bought(number, START + number));
		expect([1, 2, 3].map((number) => recent.find(String(number), START)?.taskId)).toEqual([
			undefined,
			'video_2',
			'video_3',
		]);
	});

	it('does not keep what is older than an hour when something new comes', () => {
		const recent = new RecentPurchases();
		recent.remember('old', bought(1));
		recent.remember('new', bought(2, START + HOUR + 1));
		// As if the clock had gone back: it is not there any more, not only too old.
		expect(recent.find('old', START)).toBeUndefined();
	});
});

describe('a ledger that n8n has lost', () => {
	const caller = { runIndex: 0, executionId: '7', isTool: false };
	const setUp = () => {
		const recent = new RecentPurchases();
		const memory = {
			find: (key: string) => recent.find(key, START),
			remember: recent.remember.bind(recent),
			forget: recent.forget.bind(recent),
		};
		return (context = {}, runIndex = 0) => new Ledger(context, { ...caller, runIndex }, memory);
	};

	it('has what the process remembers of the same item and the same request', () => {
		const ledger = setUp();
		ledger().slot(0, 'digest').complete(bought(1));
		expect(ledger().slot(0, 'digest').find()).toEqual({ purchase: bought(1), changed: false });
		expect(ledger().slot(0, 'other').find()).toBeUndefined();
		expect(ledger().slot(1, 'digest').find()).toBeUndefined();
		expect(ledger({}, 1).slot(0, 'digest').find()).toBeUndefined();
	});

	it('has it in its place from then on', () => {
		const ledger = setUp();
		ledger().slot(0, 'digest').complete(bought(1));
		const context = {};
		ledger(context).slot(0, 'digest').find();
		expect(new Ledger(context, caller).slot(0, 'other').find()).toEqual({
			purchase: bought(1),
			changed: true,
		});
	});

	it('has nothing of a purchase that was discarded, whatever the request was then', () => {
		const ledger = setUp();
		const context = {};
		ledger(context).slot(0, 'digest').complete(bought(1));
		ledger(context).slot(0, 'changed since').discard();
		expect(ledger().slot(0, 'digest').find()).toBeUndefined();
	});
});
