/** A stand-in for an OpenAI-compatible chat endpoint: says what a test has written for it, and keeps what it was told. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { IDataObject } from 'n8n-workflow';

export interface Tool {
	name: string;
	description: string;
	/** JSON schema. */
	parameters: IDataObject;
}

interface Message {
	role: 'system' | 'user' | 'assistant' | 'tool';
	content: string | null;
	tool_calls?: unknown[];
}

interface ChatRequest {
	model: string;
	messages: Message[];
	tools?: Array<{ function: Tool }>;
	stream?: boolean;
}

export interface Call {
	tool: string;
	input: IDataObject;
}

/** What the model says when it is its turn: words, or calls of tools. */
export type Turn = string | Call[];

export class ChatModel {
	readonly apiKey = 'any';
	url = '';
	/** What n8n asked, oldest first. */
	readonly requests: ChatRequest[] = [];
	private turns: Turn[] = [];
	private calls = 0;
	private readonly server: FastifyInstance = Fastify();

	static async start(): Promise<ChatModel> {
		const model = new ChatModel();
		model.server.post('/v1/chat/completions', async (request, reply) => {
			const asked = request.body as ChatRequest;
			model.requests.push(asked);
			const message = model.message();
			if (!asked.stream) return completion('chat.completion', { message }, message);
			const chunk = completion('chat.completion.chunk', { delta: message }, message);
			return await reply
				.type('text/event-stream')
				.send(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
		});
		model.url = `${await model.server.listen({ host: '127.0.0.1', port: 0 })}/v1`;
		return model;
	}

	/** From here on it says this, and forgets what it was told. */
	script(...turns: Turn[]): void {
		this.turns = turns;
		this.requests.length = 0;
	}

	/** The tools as it was told of them last. */
	get tools(): Tool[] {
		return (this.requests.at(-1)?.tools ?? []).map((tool) => tool.function);
	}

	/** Everything that tools have answered in the conversation, as the last request has it. */
	get toolAnswers(): string[] {
		const messages = this.requests.at(-1)?.messages ?? [];
		return messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
	}

	get system(): string {
		const [first] = this.requests.at(-1)?.messages ?? [];
		return first?.role === 'system' ? String(first.content) : '';
	}

	async close(): Promise<void> {
		await this.server.close();
	}

	private message(): Message {
		const said = this.turns.shift() ?? 'The script has ended.';
		if (typeof said === 'string') return { role: 'assistant', content: said };
		const toolCalls = said.map(({ tool, input }, index) => ({
			index,
			id: `call_${++this.calls}`,
			type: 'function',
			function: { name: tool, arguments: JSON.stringify(input) },
		}));
		return { role: 'assistant', content: null, tool_calls: toolCalls };
	}
}

const completion = (object: string, choice: object, { tool_calls }: Message) => ({
	id: 'chatcmpl-1',
	object,
	created: Math.floor(Date.now() / 1000),
	model: 'stand-in',
	choices: [{ index: 0, ...choice, finish_reason: tool_calls ? 'tool_calls' : 'stop' }],
	usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
