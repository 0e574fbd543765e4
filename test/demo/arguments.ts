/* eslint-disable @n8n/community-nodes/no-restricted-imports -- runs on a developer's machine, never inside n8n */
/** Reads the demo's arguments and environment. */
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
	/** A real gateway to buy from; the stand-in if absent. */
	live?: Gateway;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws if the command line is invalid; the message says why. */
export function readRequest(args: string[], environment: Environment): Request {
	const { values } = parseArgs({
		args,
		options: {
			format: { type: 'string', default: FORMATS[0] },
			help: { type: 'boolean', short: 'h', default: false },
			live: { type: 'boolean', default: false },
			out: { type: 'string' },
		},
	});
	const { help, live, out } = values;
	if (out === '') throw new Error('--out needs a folder');
	const format = FORMATS.find((name) => name === values.format);
	if (!format) throw new Error(`--format is one of ${FORMATS.join(', ')}`);
	return { help, format, out, ...(live && !help && { live: gatewayIn(environment) }) };
}

function gatewayIn({ SORA_BASE_URL = '', SORA_API_KEY = '' }: Environment): Gateway {
	const [baseUrl, apiKey] = [SORA_BASE_URL.trim(), SORA_API_KEY.trim()];
	if (!baseUrl || !apiKey) {
		throw new Error(
			'--live buys from a real gateway: set SORA_BASE_URL to its address and SORA_API_KEY to your key',
		);
	}
	if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
		throw new Error(
			'SORA_BASE_URL is no http or https address, such as https://gateway.example.com',
		);
	}
	return { baseUrl, apiKey };
}
