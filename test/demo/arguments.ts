/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** What the demo was asked to do, out of its arguments and the environment. */
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run demo [-- options]

  Makes a video with the built node on n8n's own engine, creates a character from it, and gives that
  character a second video. Without options everything happens on this machine, against a stand-in gateway.

  --out DIR      folder for the MP4 files (default: demo-videos in the checkout)
  --format NAME  the API that the gateway speaks: tasks (default), openai or openrouter. The last two make one
                 video, because they have no characters.
  --live         buy from the gateway at SORA_BASE_URL, with the key in SORA_API_KEY
  --help         this text
`;

const FORMATS = ['tasks', 'openai', 'openrouter'] as const;

/** An API format, as the credential stores it. */
export type Format = (typeof FORMATS)[number];

export interface Gateway {
	baseUrl: string;
	apiKey: string;
}

export interface Request {
	help: boolean;
	format: Format;
	/** Where the files go, as typed. */
	out?: string;
	/** A real gateway to buy from; the stand-in where absent. */
	live?: Gateway;
	/** Variables of the environment that this run does not use. */
	unused: string[];
}

/** A command line that cannot be followed; the message says why. */
export class UsageError extends Error {
	override name = 'UsageError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLES = ['SORA_BASE_URL', 'SORA_API_KEY'] as const;

function optionsIn(args: readonly string[]) {
	let complaint = '--out needs a folder';
	try {
		const { values } = parseArgs({
			args: [...args],
			options: {
				format: { type: 'string', default: FORMATS[0] },
				help: { type: 'boolean', short: 'h', default: false },
				live: { type: 'boolean', default: false },
				out: { type: 'string' },
			},
		});
		if (values.out !== '') return values;
	} catch (error) {
		const { message } = error as Error;
		if (!message.includes('--out')) complaint = message;
	}
	throw new UsageError(complaint);
}

/** @throws {UsageError} */
export function readRequest(args: readonly string[], environment: Environment): Request {
	const value = (name: string) => environment[name]?.trim() ?? '';
	const { help, live, out, format: typed } = optionsIn(args);
	const format = FORMATS.find((name) => name === typed);
	if (!format) throw new UsageError(`--format is one of ${FORMATS.join(', ')}`);
	return {
		help,
		format,
		out,
		live: live && !help ? gatewayOf(value) : undefined,
		unused: live ? [] : VARIABLES.filter((name) => value(name)),
	};
}

function gatewayOf(value: (name: string) => string): Gateway {
	const missing = VARIABLES.filter((name) => !value(name));
	if (missing.length) {
		throw new UsageError(
			`--live buys from a real gateway and needs its address in SORA_BASE_URL and your key in SORA_API_KEY. Not set: ${missing.join(' and ')}`,
		);
	}
	const baseUrl = value('SORA_BASE_URL');
	if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
		throw new UsageError(
			'SORA_BASE_URL is no http or https address, such as https://gateway.example.com',
		);
	}
	return { baseUrl, apiKey: value('SORA_API_KEY') };
}
