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
	/** How the video is sent, if differently. */
	sent?: (video: Content) => Partial<Delivery>;
	/** The answer instead of the video. */
	refused?: (exchange: Exchange) => unknown;
	/** What the task reports instead of its link. */
	link?: string;
}

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

const sent = (how: (video: Content) => Partial<Delivery>): Row => ({ sent: how });
const refused = (answer: (exchange: Exchange) => unknown): Row => ({ refused: answer });
const redirect = (address: (urls: World['urls'], path: string) => string) =>
	refused(({ world, request, reply }) => reply.redirect(address(world.urls, request.url), 302));
const typed = (type: string) => sent(() => ({ type }));
/** Half of the announced bytes. */
const broken = (ending: Delivery['ending']) =>
	sent((video) => ({
		stopAfter: half(video),
		ending,
	}));

const rows = {
	expired403: refused((exchange) => xml(exchange, 403, 'AccessDenied', 'Request has expired')),
	notFound404: refused((exchange) => xml(exchange, 404, 'NoSuchKey')),
	server500: refused((exchange) => xml(exchange, 500, 'InternalError')),
	busy429: refused((exchange) => {
		exchange.reply.header('retry-after', '300');
		return xml(exchange, 429, 'SlowDown');
	}),
	htmlPage: refused(({ reply }) =>
		reply.type('text/html').send('<!doctype html><title>Sign in</title><h1>Sign in</h1>'),
	),
	jsonError: refused(({ reply }) =>
		reply.send({ error: { message: 'video not found', code: 'not_found' } }),
	),
	hang: refused(hang),
	wrongBytes: sent(() => ({
		content: filledUp(Buffer.from('This is not a video.\n'.repeat(2000))),
	})),
	wrongType: typed('application/octet-stream'),
	status206: sent(() => ({ status: 206 })),
	packed: sent((video) => packed(video)),
	bomb: sent((video) => packed(video, packedNothing())),
	oneByte: sent(() => ({ content: filledUp(Buffer.alloc(1, 0xfe)) })),
	empty: sent(() => ({ content: filledUp(Buffer.alloc(0)) })),
	halved: sent((video) => ({
		content: first(video, half(video)),
	})),
	partial: sent((video) => ({
		content: first(video, half(video)),
		status: 206,
		headers: { 'content-range': `bytes 0-${half(video) - 1}/${video.size}` },
	})),
	overrun: sent((video) => ({
		content: filledUp(overrunning(video)),
	})),
	noLength: sent(() => ({ noLength: true })),
	truncated: broken('close'),
	reset: broken('reset'),
	stall: broken('silence'),
	redirect: redirect(({ files }, path) => `${files}/moved${path}`),
	redirectLoop: redirect(({ files }, path) => `${files}${path}`),
	redirectElsewhere: redirect(({ elsewhere }, path) => `${elsewhere}${path}`),
	redirectBack: redirect(({ gateway }, path) => `${gateway}${path}`),
	redirectPrivate: redirect(() => PRIVATE),
	// The task itself names these.
	privateAddress: { link: PRIVATE },
	metadataAddress: {
		link: 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
	},
	otherScheme: { link: 'file:///etc/passwd' },
} satisfies Record<string, Row>;

export type DownloadFault = keyof typeof rows;

export const DOWNLOAD_FAULTS: Readonly<Record<DownloadFault, Row>> = rows;
