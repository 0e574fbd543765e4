import { listenToLog } from '../demo/n8n';
import { readLogLine, Steps } from '../demo/progress';
import { GENERATE, useGateway } from './gateway';

const gateway = useGateway();

describe('the demo', () => {
	it("follows a video by the node's log: its task, each poll, and how it ended", async () => {
		const steps = new Steps(() => undefined);
		const step = steps.begin('task', 'Text to video', 'submitting');
		listenToLog((message, facts) => {
			const event = readLogLine(message, facts);
			if (event) steps.hear(event);
		});
		await gateway.run({ ...GENERATE, prompt: 'A duck' });
		const [task] = gateway.simulator.books.purchases;
		expect(step).toMatchObject({ id: task?.taskId, status: 'SUCCESS', progress: 100 });
		expect(step.polls).toBe(gateway.simulator.polls(String(task?.taskId)));
		expect(step.polls).toBeGreaterThan(0);
	});
});
