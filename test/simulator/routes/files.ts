/* eslint-disable @n8n/community-nodes/no-restricted-imports -- packs files, never inside n8n */
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { hang } from '../answers';
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

const packed = (content: Content, behind: Buffer = Buffer.alloc(0)) => ({
	// Members of a gzip file follow each other, and are unpacked as one.
	content: filledUp(
		Buffer.concat([gzipSync(Buffer.concat([...content.chunks(0, content.size)])), behind]),
	),
	how: { headers: { 'content-encoding': 'gzip' } },
});

/** The faults that send the video, or what pretends to be it, in another way. */
function departure(
	fault: DownloadFault | undefined,
	content: Content,
): { content: Content; type: string; how?: Departure } {
	switch (fault) {
		case 'wrongType':
			return { content, type: 'application/octet-stream' };
		case 'textType':
			return { content, type: 'text/plain' };
		case 'jsonType':
			return { content, type: 'application/json' };
		case 'status203':
			return { content, type: MP4, how: { status: 203 } };
		case 'status206':
			return { content, type: MP4, how: { status: 206 } };
		case 'partial':
			return {
				content: filledUp(Buffer.concat([...content.chunks(0, half(content))])),
				type: MP4,
				how: {
					status: 206,
					headers: { 'content-range': `bytes 0-${half(content) - 1}/${content.size}` },
				},
			};
		case 'packed':
			return { ...packed(content), type: MP4 };
		case 'bomb':
			return { ...packed(content, packedNothing()), type: MP4 };
		case 'unknownBytes':
			return { content: filledUp(Buffer.alloc(4 * SHORT, 0xfe)), type: 'video/x-unknown' };
		case 'oneByte':
			return { content: filledUp(Buffer.alloc(1, 0xfe)), type: MP4 };
		case 'noLength':
			return { content, type: MP4, how: { noLength: true } };
		case 'empty':
			return { content: filledUp(Buffer.alloc(0)), type: MP4 };
		case 'tooShort':
			return { content: filledUp(Buffer.concat([...content.chunks(0, SHORT)])), type: MP4 };
		case 'halved':
			return { content: filledUp(Buffer.concat([...content.chunks(0, half(content))])), type: MP4 };
		case 'wrongBytes':
			return { content: filledUp(Buffer.from('This is not a video.\n'.repeat(2000))), type: MP4 };
		case 'truncated':
			return { content, type: MP4, how: { stopAfter: half(content), ending: 'close' } };
		case 'reset':
			return { content, type: MP4, how: { stopAfter: half(content), ending: 'reset' } };
		case 'stall':
			return { content, type: MP4, how: { stopAfter: half(content), ending: 'silence' } };
		default:
			return { content, type: MP4 };
	}
}

/** Answers with a fault that sends no video at all; false when the fault is none of these. */
function refused(
	world: World,
	request: FastifyRequest,
	reply: FastifyReply,
	fault: DownloadFault | undefined,
): boolean {
	switch (fault) {
		case 'expired403':
			xml(reply, 403, 'AccessDenied', 'Request has expired');
			return true;
		case 'notFound404':
			xml(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
			return true;
		case 'server500':
			xml(reply, 500, 'InternalError', 'We encountered an internal error. Please try again.');
			return true;
		case 'htmlPage':
			reply.type('text/html').send('<!doctype html><title>Sign in</title><h1>Sign in</h1>');
			return true;
		case 'jsonError':
			reply.send({ error: { message: 'video not found', code: 'not_found' } });
			return true;
		case 'hang':
			hang({ world, request, reply });
			return true;
		case 'redirect':
			reply.redirect(`${world.urls.files}/moved${request.url}`, 302);
			return true;
		case 'redirectLoop':
			reply.redirect(`${world.urls.files}${request.url}`, 302);
			return true;
		case 'redirectElsewhere':
			reply.redirect(`${world.urls.elsewhere}${request.url}`, 302);
			return true;
		case 'redirectBack':
			reply.redirect(`${world.urls.gateway}${request.url}`, 302);
			return true;
		case 'redirectBytes':
			// Node would refuse to write these bytes.
			reply.hijack();
			request.raw.socket.end(
				`HTTP/1.1 302 Found\r\nLocation: /moved/\u89c6\u9891${request.url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
			);
			return true;
		case 'redirectPrivate':
			reply.redirect('http://10.255.255.1/videos/private.mp4', 302);
			return true;
		default:
			return false;
	}
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

/** The file host: videos, uploaded files, portraits. It never asks for the key. */
export function fileRoutes(server: FastifyInstance, world: World): void {
	server.get<VideoRequest>('/videos/:name', async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (!task) return reply;
		const counter = downloadCounter(task);
		const fault = world.counters.due(counter, task.scenario.downloadFault);
		if (fault !== undefined) world.counters.strike(counter);
		if (refused(world, request, reply, fault)) return reply;
		const { content, type, how } = departure(fault, await videoOf(task));
		await deliver(world, request, reply, content, type, how);
		return reply;
	});

	server.get<VideoRequest>('/moved/\u89c6\u9891/videos/:name', async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (task) await deliver(world, request, reply, await videoOf(task), MP4);
		return reply;
	});

	server.get<VideoRequest>('/moved/videos/:name', async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (task) await deliver(world, request, reply, await videoOf(task), MP4);
		return reply;
	});

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
	server.get<VideoRequest>('/videos/:name', async (request, reply) => {
		const task = signedTask(world, request, reply);
		if (task) await deliver(world, request, reply, await videoOf(task), MP4);
		return reply;
	});
	server.setNotFoundHandler(async () => ({ task_id: 'video_elsewhere', data: [] }));
}
