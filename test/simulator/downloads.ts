/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files, never inside n8n */
import { gzipSync } from 'node:zlib';

import { hang, type Exchange } from './answers';
import { filledUp, type Content } from './content';
import type { World } from './world';

/** How a file is sent. */
export interface Delivery {
	content: Content;
	/** 200 unless given. */
	status?: number;
	type?: string;
	headers?: Record<string, string>;
	/** The bytes to send before `ending`; all by default. */
	stopAfter?: number;
	ending?: 'close' | 'reset' | 'silence';
	/** Omits the length: the body is chunked. */
	noLength?: boolean;
}

interface Row {
	/** One line for people. */
	says: string;
	/** How the video is sent, if differently. */
	sent?: (video: Content) => Partial<Delivery>;
	/** The answer instead of the video. */
	refused?: (exchange: Exchange) => unknown;
	/** What the task reports instead of its link. */
	link?: string;
}

const SHORT = 512;
const PRIVATE = 'http://10.255.255.1/videos/private.mp4';

export function xml(
	{ reply }: Pick<Exchange, 'reply'>,
	status: number,
	code: string,
	message = code,
) {
	const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	return reply.status(status).type('application/xml').send(text);
}

const half = ({ size }: Content) => Math.floor(size / 2);
const bytesOf = (video: Content, end = video.size) => Buffer.concat([...video.chunks(end)]);
const first = (video: Content, bytes: number) => filledUp(bytesOf(video, bytes));

/** With a last box that is longer than the file. */
function overrunning(content: Content): Buffer {
	const video = bytesOf(content);
	let last = 0;
	for (let at = 0; at < video.length; at += video.readUInt32BE(at)) last = at;
	video.writeUInt32BE(video.length - last + 8, last);
	return video;
}

/** Created once: packing takes a moment. */
let nothing: Buffer | undefined;
const packedNothing = () => (nothing ??= gzipSync(Buffer.alloc(128 * 1024 * 1024)));

const packed = (video: Content, behind: Buffer = Buffer.alloc(0)): Delivery => ({
	// Members of a gzip file follow each other, and are decompressed as one.
	content: filledUp(Buffer.concat([gzipSync(bytesOf(video)), behind])),
	headers: { 'content-encoding': 'gzip' },
});

const sent = (says: string, how: (video: Content) => Partial<Delivery>): Row => ({
	says,
	sent: how,
});
const refused = (says: string, answer: (exchange: Exchange) => unknown): Row => ({
	says,
	refused: answer,
});
const redirect = (says: string, address: (urls: World['urls'], path: string) => string) =>
	refused(`a redirect to ${says}`, ({ world, request, reply }) =>
		reply.redirect(address(world.urls, request.url), 302),
	);
const typed = (type: string) => sent(`the whole video as ${type}`, () => ({ type }));
const broken = (says: string, ending: Delivery['ending']) =>
	sent(`half of the announced bytes, then ${says}`, (video) => ({
		stopAfter: half(video),
		ending,
	}));

const rows = {
	expired403: refused('the signed URL has expired', (exchange) =>
		xml(exchange, 403, 'AccessDenied', 'Request has expired'),
	),
	notFound404: refused('the file is gone', (exchange) => xml(exchange, 404, 'NoSuchKey')),
	server500: refused('the file host fails', (exchange) => xml(exchange, 500, 'InternalError')),
	busy429: refused('the file host asks to come again in five minutes', (exchange) => {
		exchange.reply.header('retry-after', '300');
		return xml(exchange, 429, 'SlowDown');
	}),
	htmlPage: refused('a web page with status 200', ({ reply }) =>
		reply.type('text/html').send('<!doctype html><title>Sign in</title><h1>Sign in</h1>'),
	),
	jsonError: refused('JSON with status 200', ({ reply }) =>
		reply.send({ error: { message: 'video not found', code: 'not_found' } }),
	),
	linkInJson: refused('JSON with the link of the video', ({ world, request, reply }) =>
		reply.send({ data: { video_url: `${world.urls.files}/moved${request.url}` } }),
	),
	hang: refused('no answer at all', hang),
	wrongBytes: sent('says video/mp4, is something else', () => ({
		content: filledUp(Buffer.from('This is not a video.\n'.repeat(2000))),
	})),
	wrongType: typed('application/octet-stream'),
	textType: typed('text/plain'),
	jsonType: typed('application/json'),
	status203: sent('the whole video with status 203', () => ({ status: 203 })),
	status206: sent('the whole video with status 206, unasked', () => ({ status: 206 })),
	packed: sent('the whole video, packed with gzip', (video) => packed(video)),
	bomb: sent('the video and 128 MiB of nothing, packed into a few hundred kilobytes', (video) =>
		packed(video, packedNothing()),
	),
	oneByte: sent('a single byte', () => ({ content: filledUp(Buffer.alloc(1, 0xfe)) })),
	empty: sent('an empty file', () => ({ content: filledUp(Buffer.alloc(0)) })),
	tooShort: sent('the first 512 bytes only, honestly counted', (video) => ({
		content: first(video, SHORT),
	})),
	halved: sent('the first half only, honestly counted', (video) => ({
		content: first(video, half(video)),
	})),
	partial: sent('the first half with status 206', (video) => ({
		content: first(video, half(video)),
		status: 206,
		headers: { 'content-range': `bytes 0-${half(video) - 1}/${video.size}` },
	})),
	overrun: sent('the whole video, whose last box is too long by 8 bytes', (video) => ({
		content: filledUp(overrunning(video)),
	})),
	noLength: sent('the whole video without a length', () => ({ noLength: true })),
	truncated: broken('an orderly end of the connection', 'close'),
	reset: broken('a reset', 'reset'),
	stall: broken('silence', 'silence'),
	redirect: redirect('another path of the same host', ({ files }, path) => `${files}/moved${path}`),
	redirectLoop: redirect('itself', ({ files }, path) => `${files}${path}`),
	redirectElsewhere: redirect(
		'a third host, which serves the video',
		({ elsewhere }, path) => `${elsewhere}${path}`,
	),
	redirectBack: redirect(
		'the gateway, without the file',
		({ gateway }, path) => `${gateway}${path}`,
	),
	redirectPrivate: redirect('a private address', () => PRIVATE),
	redirectBytes: refused('a redirect to a path in raw UTF-8', ({ request, reply }) => {
		// Node would refuse to write these bytes.
		reply.hijack();
		request.raw.socket.end(
			`HTTP/1.1 302 Found\r\nLocation: /moved/\u89c6\u9891${request.url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
		);
	}),
	privateAddress: { says: 'the task itself names a private address', link: PRIVATE },
	metadataAddress: {
		says: "the task itself names a cloud's metadata address",
		link: 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
	},
	otherScheme: { says: 'the task itself names a file: URL', link: 'file:///etc/passwd' },
} satisfies Record<string, Row>;

export type DownloadFault = keyof typeof rows;

export const DOWNLOAD_FAULTS: Readonly<Record<DownloadFault, Row>> = rows;
