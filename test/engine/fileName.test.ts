import { GENERATE, GET, itemsWith, useGateway } from './gateway';

const gateway = useGateway();
const run = gateway.run;
type Result = Awaited<ReturnType<typeof run>>;

const namesOf = ({ items }: Result) => items('Done').map(({ binary }) => binary?.data?.fileName);
const taskOf = ({ json }: Result) => String(json('Done')[0]?.task_id);

describe('the file of a video', () => {
	it('is named by an expression, item by item, with the ending of what it is', async () => {
		const result = await run(
			{ ...GENERATE, prompt: 'A boat', options: { fileName: '={{ $json.title }}' } },
			{ items: itemsWith('title', ['Monday: boats', 'week/2.mov', '']) },
		);
		const [, , third] = result.json('Done');
		expect(namesOf(result)).toEqual([
			'Monday-boats.mp4',
			'week-2.mp4',
			`a-boat_${String(third?.task_id)}.mp4`,
		]);
	});

	it('is named by Get as well, which knows no prompt', async () => {
		const taskId = taskOf(await run({ ...GENERATE, prompt: 'A boat', downloadVideo: false }));
		expect(namesOf(await run({ ...GET, taskId }))).toEqual([`${taskId}.mp4`]);
		const named = await run({ ...GET, taskId, options: { fileName: 'Boat' } });
		expect(namesOf(named)).toEqual(['Boat.mp4']);
	});

	it('is named by its first shot where it has several', async () => {
		const shots = { shot: [{ durationSeconds: 10, scene: 'A kettle whistles' }] };
		const result = await run({ ...GENERATE, promptType: 'storyboard', shots });
		expect(namesOf(result)).toEqual([`a-kettle-whistles_${taskOf(result)}.mp4`]);
	});

	it('is named alike where it is a sample', async () => {
		const result = await run(
			{ ...GENERATE, prompt: 'A boat', whenTesting: 'sample', options: { fileName: 'Boat' } },
			{ mode: 'manual' },
		);
		expect(namesOf(result)).toEqual(['Boat.mp4']);
		expect(gateway.simulator.books.purchases).toEqual([]);
	});

	it('is told by its size and its length, so that a workflow can tell portrait from landscape', async () => {
		const sizes = (result: Result) =>
			result.json('Done').map(({ width, height, duration_seconds }) => ({
				isPortrait: Number(height) > Number(width),
				seconds: Math.round(Number(duration_seconds)),
			}));
		const portrait = await run({
			...GENERATE,
			prompt: 'A boat',
			aspectRatio: '9:16',
			duration: '15',
		});
		expect(sizes(portrait)).toEqual([{ isPortrait: true, seconds: 15 }]);
		const landscape = await run({ ...GENERATE, prompt: 'A boat', simplify: false });
		expect(sizes(landscape)).toEqual([{ isPortrait: false, seconds: 10 }]);
		const got = await run({ ...GET, taskId: taskOf(portrait) });
		expect(sizes(got)).toEqual([{ isPortrait: true, seconds: 15 }]);
	});
});
