import { LLMock, type ChatCompletionRequest } from '@copilotkit/aimock';
import type { IDataObject } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';

import { example } from './examples';
import type { Credential, Execution, SavedWorkflow } from './n8nApi';
import { expectSuccess } from './stories';
import { useN8n } from './useN8n';

const setting = useN8n();
const TRIGGER = 'When Chat Message Received';
const AGENT = 'Video Agent';
const TEXT = expect.any(String) as string;

const model = new LLMock({ port: 0 });
let workflow: SavedWorkflow;
beforeAll(async () => {
	const { api, credential } = setting;
	await model.start();
	const openAi = await api.request<Credential>('POST', '/credentials', {
		name: 'Chat stand-in',
		type: 'openAiApi',
		data: { apiKey: 'any', url: `${model.url}/v1` },
	});
	const imported = example('agent-tool.json');
	const nodes = imported.nodes.map((node) => {
		if (node.type.endsWith('.lmChatOpenAi')) {
			return { ...node, credentials: { openAiApi: { id: openAi.id, name: openAi.name } } };
		}
		// The editor's chat is a test too, and another test's order for a boat would be reused.
		const buys = node.type.endsWith('.soraTool') && node.parameters?.operation !== 'get';
		return buys ? { ...node, parameters: { ...node.parameters, whenTesting: 'buy' } } : node;
	});
	workflow = await api.importWorkflow({ ...imported, nodes }, credential);
});
afterAll(async () => await model.stop());

/** Words, or calls of tools. */
type Turn = string | Array<{ name: string; arguments: string }>;

/** From here on the model says this, and forgets what it was told. */
function script(...turns: Turn[]): void {
	model.clearRequests();
	model.clearFixtures().on({}, () => {
		const said = turns.shift() ?? 'The script has ended.';
		return typeof said === 'string' ? { content: said } : { toolCalls: said };
	});
}

/** What n8n asked of it last. */
const asked = () => model.getRequests().at(-1)?.body as ChatCompletionRequest;
/** What tools have answered in the conversation. */
const toolAnswers = () =>
	asked()
		.messages.filter(({ role }) => role === 'tool')
		.map(({ content }) => String(content));

const purchases = () => setting.simulator.books.purchases;

/** Says something to the agent in the editor's chat. */
async function chat(words: string, sessionId: string = randomUUID()): Promise<Execution> {
	const { api } = setting;
	const json = { sessionId, action: 'sendMessage', chatInput: words };
	const data = {
		startTime: Date.now(),
		executionTime: 0,
		executionIndex: 0,
		executionStatus: 'success',
		source: [],
		data: { main: [[{ json }]] },
	};
	const { executionId } = await api.execute<{ executionId: string }>(workflow, {
		name: TRIGGER,
		data,
	});
	const execution = await api.waitForEnd(executionId);
	expectSuccess(execution);
	return execution;
}

const callOf = (name: string) => (input: IDataObject) => [
	{ name, arguments: JSON.stringify(input) },
];
const order = callOf('order_video');
const lookAt = (taskId?: string) => callOf('look_at_video')({ task_id: taskId });

/** What tools have answered to the model, each in the one item that it is. */
const answers = () =>
	toolAnswers().map((answer) => {
		const items = JSON.parse(answer) as IDataObject[];
		expect(items).toHaveLength(1);
		return items[0];
	});

it("tells the model what each tool does and takes, and nothing that is the user's to set", async () => {
	script('Hello');
	const execution = await chat('Hello');
	expect(execution.json(AGENT)).toEqual([{ output: 'Hello' }]);
	const { messages, tools: given = [] } = asked();
	expect(messages[0]?.content).toMatch(/each is paid for.*follow its advice/s);
	const tools = Object.fromEntries(given.map(({ function: tool }) => [tool.name, tool]));
	expect(tools.order_video).toMatchObject({
		description: expect.stringMatching(/paid for.*task_id.*does not wait/s) as string,
		parameters: {
			type: 'object',
			properties: {
				prompt: { type: 'string', description: TEXT },
				aspect_ratio: { type: 'string', description: TEXT, default: '16:9' },
			},
			required: ['prompt'],
			additionalProperties: false,
		},
	});
	expect(tools.look_at_video).toMatchObject({
		description: expect.stringMatching(/progress.*video_url/s) as string,
		parameters: {
			properties: { task_id: { type: 'string', description: TEXT } },
			required: ['task_id'],
			additionalProperties: false,
		},
	});
	expect(given).toHaveLength(2);
	expect(purchases()).toEqual([]);
});

it('orders without waiting, and returns the link when it has finished, as small JSON without a file', async () => {
	const { simulator } = setting;
	const session = randomUUID();
	script(order({ prompt: 'A boat in the fog', aspect_ratio: '9:16' }), 'It takes some minutes.');
	const ordered = await chat('A boat, please', session);
	const [taskId] = purchases().map((purchase) => purchase.taskId);
	expect(answers()).toEqual([expect.objectContaining({ task_id: taskId, video_url: null })]);

	script(lookAt(taskId), 'Not yet.');
	await chat('Is it there?', session);
	expect(answers().at(-1)).toMatchObject({
		task_id: taskId,
		progress: expect.any(Number) as number,
		video_url: null,
	});

	simulator.advance(600);
	script(lookAt(taskId), 'There it is.');
	const finished = await chat('And now?', session);
	expect(finished.json(AGENT)).toEqual([{ output: 'There it is.' }]);
	expect(answers().at(-1)).toMatchObject({
		task_id: taskId,
		status: 'SUCCESS',
		progress: 100,
		video_url: expect.stringMatching(/^http/) as string,
	});
	for (const answer of toolAnswers()) expect(answer.length).toBeLessThan(600);
	for (const execution of [ordered, finished]) {
		expect(JSON.stringify(execution.data)).not.toContain('"binary"');
	}
	expect(simulator.requests.filter(({ route }) => route === 'file')).toEqual([]);
	expect(purchases()).toEqual([
		expect.objectContaining({
			prompt: 'A boat in the fog',
			body: expect.objectContaining({ aspect_ratio: '9:16' }) as object,
		}),
	]);
});

it('tells the model what went wrong, with advice, and accepts its next order', async () => {
	script(
		order({ prompt: 'A boat', aspect_ratio: '4:3' }),
		order({ prompt: 'A boat [[submitFault=resetAfter]]' }),
		// What would lead to another path is not even asked for.
		[...lookAt('video_invented'), ...lookAt('../../v1/models')],
		order({ prompt: 'A boat' }),
		'Ordered.',
	);
	const execution = await chat('A boat, please');
	expect(execution.json(AGENT)).toEqual([{ output: 'Ordered.' }]);
	const advice = (words: string) => expect.stringContaining(words) as string;
	expect(answers()).toMatchObject([
		{
			error: expect.stringContaining('"Aspect Ratio" must be 16:9 or 9:16 for Sora 2') as string,
			category: 'invalid_input',
			advice: advice('Correct the parameter'),
		},
		{ category: 'submission_uncertain', advice: advice('Do not run it again yet') },
		{ category: 'task_not_found', advice: TEXT },
		{ category: 'invalid_input', advice: TEXT },
		{ task_id: purchases()[1]?.taskId },
	]);
	expect(purchases()).toHaveLength(2);
});
