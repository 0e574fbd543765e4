/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files, never inside n8n */
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { hang } from '../answers';
import type { Exchange } from '../answers';
import { clip } from '../clips';
import { filledUp } from '../content';
import type { Content } from '../content';
import { deliver } from '../delivery';
import type { Departure } from '../delivery';
import { downloadCounter, signatureOf } from '../links';
import type { TaskRecord } from '../books';
import type { DownloadFault } from '../scenario';
import { stageAt } from '../walk';
import type { World } from '../world';

const MP4 = 'video/mp4';
const SHORT = 512;

/** Made once: packing takes a moment. */
let nothing: Buffer | undefined;
const packedNothing = () => (nothing ??= gzipSync(Buffer.alloc(128 * 1024 * 1024)));
/** A picture of one pixel: characters have a portrait that can be fetched. */
const PIXEL = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
	'base64',
);

function xml(reply: FastifyReply, status: number, code: string, message: string) {
	const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	return reply.status(status).type('application/xml').send(text);
}

function half({ size }: Content): number {
	return Math.floor(size / 2);
}

const startOf = (content: Content, bytes: number) =>
	filledUp(Buffer.concat([...content.chunks(0, bytes)]));

/** With a last box that is longer than the file. */
function overrunning(content: Content): Buffer {
	const video = Buffer.concat([...content.chunks(0, content.size)]);
	let last = 0;
	for (let at = 0; at < video.length; at += video.readUInt32BE(at)) last = at;
	video.writeUInt32BE(video.length - last + 8, last);
	return video;
}

/** How a video is sent, where that is not as an MP4 as it is. */
interface Delivery {
	content?: Content;
	type?: string;
	how?: Departure;
}

const packed = (content: Content, behind: Buffer = Buffer.alloc(0)): Delivery => ({
	// Members of a gzip file follow each other, and are unpacked as one.
	content: filledUp(
		Buffer.concat([gzipSync(Buffer.concat([...content.chunks(0, content.size)])), behind]),
	),
	how: { headers: { 'content-encoding': 'gzip' } },
});

/** The faults that send the video, or what pretends to be it, in another way. */
const DEPARTURES: Partial<Record<DownloadFault, (content: Content) => Delivery>> = {
	wrongType: () => ({ type: 'application/octet-stream' }),
	textType: () => ({ type: 'text/plain' }),
	jsonType: () => ({ type: 'application/json' }),
	status203: () => ({ how: { status: 203 } }),
	status206: () => ({ how: { status: 206 } }),
	partial: (content) => ({
		content: startOf(content, half(content)),
		how: {
			status: 206,
			headers: { 'content-range': `bytes 0-${half(content) - 1}/${content.size}` },
		},
	}),
	overrun: (content) => ({ content: filledUp(overrunning(content)) }),
	packed: (content) => packed(content),
	bomb: (content) => packed(content, packedNothing()),
	unknownBytes: () => ({
		content: filledUp(Buffer.alloc(4 * SHORT, 0xfe)),
		type: 'video/x-unknown',
	}),
	oneByte: () => ({ content: filledUp(Buffer.alloc(1, 0xfe)) }),
	noLength: () => ({ how: { noLength: true } }),
	empty: () => ({ content: filledUp(Buffer.alloc(0)) }),
	tooShort: (content) => ({ content: startOf(content, SHORT) }),
	halved: (content) => ({ content: startOf(content, half(content)) }),
	wrongBytes: () => ({ content: filledUp(Buffer.from('This is not a video.\n'.repeat(2000))) }),
	truncated: (content) => ({ how: { stopAfter: half(content), ending: 'close' } }),
	reset: (content) => ({ how: { stopAfter: half(content), ending: 'reset' } }),
	stall: (content) => ({ how: { stopAfter: half(content), ending: 'silence' } }),
};

/** The faults that send no video at all. */
const REFUSALS: Partial<Record<DownloadFault, (exchange: Exchange) => unknown>> = {
	expired403: ({ reply }) => xml(reply, 403, 'AccessDenied', 'Request has expired'),
	notFound404: ({ reply }) => xml(reply, 404, 'NoSuchKey', 'The specified key does not exist.'),
	server500: ({ reply }) =>
		xml(reply, 500, 'InternalError', 'We encountered an internal error. Please try again.'),
	htmlPage: ({ reply }) =>
		reply.type('text/html').send('<!doctype html><title>Sign in</title><h1>Sign in</h1>'),
	jsonError: ({ reply }) =>
		reply.send({ error: { message: 'video not found', code: 'not_found' } }),
	linkInJson: ({ world, request, reply }) =>
		reply.send({ data: { video_url: `${world.urls.files}/moved${request.url}` } }),
	busy429: ({ reply }) => {
		reply.header('retry-after', '300');
		return xml(reply, 429, 'SlowDown', 'Please reduce your request rate.');
	},
	hang,
	redirect: redirectTo(({ files }, path) => `${files}/moved${path}`),
	redirectLoop: redirectTo(({ files }, path) => `${files}${path}`),
	redirectElsewhere: redirectTo(({ elsewhere }, path) => `${elsewhere}${path}`),
	redirectBack: redirectTo(({ gateway }, path) => `${gateway}${path}`),
	redirectPrivate: redirectTo(() => 'http://10.255.255.1/videos/private.mp4'),
	redirectBytes: ({ request, reply }) => {
		// Node would refuse to write these bytes.
		reply.hijack();
		request.raw.socket.end(
			`HTTP/1.1 302 Found\r\nLocation: /moved/\u89c6\u9891${request.url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
		);
	},
};

function redirectTo(address: (urls: World['urls'], path: string) => string) {
	return ({ world, request, reply }: Exchange) =>
		reply.redirect(address(world.urls, request.url), 302);
}

interface VideoRequest {
	Params: { name: string };
	Querystring: { expires?: string; sig?: string };
}

/** The task whose video the signed link is for; undefined when the link was refused. */
function signedTask(
	world: World,
	request: FastifyRequest<VideoRequest>,
	reply: FastifyReply,
): TaskRecord | undefined {
	const taskId = request.params.name.replace(/\.mp4$/, '');
	const { expires = '', sig = '' } = request.query;
	const task = world.books.task(taskId);
	if (!task || sig !== signatureOf(taskId, expires)) {
		xml(reply, 403, 'SignatureDoesNotMatch', 'The signature does not match.');
		return undefined;
	}
	world.recorder.note(request.raw, { taskId });
	const now = world.clock.now();
	if (stageAt(task, now) !== 'success') {
		xml(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
		return undefined;
	}
	if (expires !== 'never' && now > Number(expires) * 1000) {
		xml(reply, 403, 'AccessDenied', 'Request has expired');
		return undefined;
	}
	return task;
}

/** A task's video, as nothing departs from it. */
export async function videoOf(task: TaskRecord): Promise<Content> {
	return filledUp(await clip(task.portrait, task.seconds), task.scenario.videoBytes);
}

/** Sends a task's video, or has its fault strike. */
export async function deliverVideo({ world, request, reply }: Exchange, task: TaskRecord) {
	const counter = downloadCounter(task);
	const fault = world.counters.due(counter, task.scenario.downloadFault);
	if (fault !== undefined) world.counters.strike(counter);
	const refused = fault && REFUSALS[fault];
	if (refused) {
		refused({ world, request, reply });
		return;
	}
	const video = await videoOf(task);
	const { content = video, type = MP4, how } = (fault && DEPARTURES[fault]?.(video)) ?? {};
	await deliver(world, request, reply, content, type, how);
}

/** A place where no fault strikes. */
function videosAt(path: string, server: FastifyInstance, world: World): void {
	server.get<VideoRequest>(path, async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (task) await deliver(world, request, reply, await videoOf(task), MP4);
		return reply;
	});
}

/** The file host: videos, uploaded files, portraits. It never asks for the key. */
export function fileRoutes(server: FastifyInstance, world: World): void {
	server.get<VideoRequest>('/videos/:name', async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (!task) return reply;
		await deliverVideo({ world, request, reply }, task);
		return reply;
	});

	videosAt('/moved/\u89c6\u9891/videos/:name', server, world);
	videosAt('/moved/videos/:name', server, world);

	server.get<{ Params: { id: string } }>('/uploads/:id/:name', async (request, reply) => {
		const file = world.books.file(request.params.id);
		if (!file) return xml(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
		await deliver(world, request, reply, filledUp(file.content), file.upload.contentType);
		return reply;
	});

	server.get('/pictures/:name', async (_request, reply) => reply.type('image/png').send(PIXEL));
}

/** The third host: serves the videos too, so that a client that follows a redirect gets somewhere. */
export function elsewhereRoutes(server: FastifyInstance, world: World): void {
	videosAt('/videos/:name', server, world);
	server.setNotFoundHandler(async () => ({ task_id: 'video_elsewhere', data: [] }));
}
