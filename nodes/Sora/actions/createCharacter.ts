import type { IDataObject } from 'n8n-workflow';

import { offered, pollCharacter } from '../gateway/client';
import { characterRequest } from '../gateway/contract';
import { taskFailure } from '../gateway/failedAnswer';
import { FAILURES, SoraFailure, WAS_IT_CHARGED, type FailureFacts } from '../gateway/failures';
import { PATIENCE } from '../gateway/timeouts';
import { retry } from '../flow/retry';
import { checkClip } from '../media/clip';
import { outgoing } from '../media/inputFile';
import { requireReachable } from '../media/privateAddresses';
import { extraBodyIn } from './extraBody';
import { toSoraFailure } from './nodeErrors';
import { characterItem } from './output';
import type { Parameters } from './parameters';
import { CHARACTER, purchase, type PaidRequest } from './purchase';
import type { Operation, Run } from './run';
import { fileToUpload } from './upload';
import { failureOf, maxWaitMs } from './video/delivery';
import { refuseSample } from './video/sample';

type Order = Pick<PaidRequest, 'identity' | 'body' | 'ready'>;

/** The order, from the one source that is chosen. */
async function orderFrom(run: Run, p: Parameters): Promise<Order> {
	const range = p.range('startSecond', 'endSecond');
	const extra = extraBodyIn(p);
	const bodyFrom = (clip: { url?: string; fromTask?: string }) =>
		characterRequest({ ...clip, range, extra });
	const source = p.choice<'url' | 'task' | 'file'>('source');
	if (source !== 'file') {
		const fromTask = source === 'task' ? p.taskId('fromTask') : undefined;
		const identity = bodyFrom(fromTask ? { fromTask } : { url: p.webUrl('url') });
		requireReachable(identity, run.gateway);
		const ready = fromTask ? async () => await finishedSource(run, fromTask) : undefined;
		return { identity, body: async () => identity, ready };
	}
	const adviceIfLarger = `Cut it to the seconds that show the character, or put it on the web and set ${p.label('source')} to "${p.label('url')}".`;
	const input = fileToUpload(run, p, adviceIfLarger);
	// A clip with a picture is a video, whatever type the workflow declares.
	const file = await run.reads(
		async () =>
			await outgoing({ ...input, mimeType: '' }, async (content, kind) => {
				await checkClip(content, kind, range, input.label);
			}),
	);
	return {
		identity: bodyFrom({ url: file.digest }),
		body: async () => bodyFrom(await run.uploads.upload(file)),
	};
}

/** Only a finished task can give a character. @throws {SoraFailure} when it fails, or is not finished in time */
async function finishedSource({ clock, poller }: Run, taskId: string): Promise<void> {
	const since = clock.now();
	const watch = { taskId, since, deadline: since + maxWaitMs(), pollAtOnce: true };
	const failure = failureOf(taskId, await poller.watch({ ...watch, gatewayProven: false }));
	if (failure) throw failure;
}

const SAMPLE_CHARACTER = {
	id: 'sample',
	username: 'sample.character',
	mention: '@sample.character',
	permalink: null,
	profile_picture_url: null,
	sample: true,
};

export const createCharacter: Operation = {
	costsMoney: true,
	async prepare(run, p) {
		offered(run.gateway, 'characters');
		const whenTesting = run.editorTests.chosen(p);
		if (whenTesting !== 'sample') refuseSample(p.value('fromTask'), p.label('fromTask'));
		const request: PaidRequest = {
			itemIndex: p.itemIndex,
			product: CHARACTER,
			...(await orderFrom(run, p)),
			whenTesting,
			sample: async () => ({ json: { ...SAMPLE_CHARACTER } }),
		};
		return {
			request,
			perform: async () =>
				await purchase(run, request, async ({ character = {} }) => ({
					json: (await withName(run, character as CreatedCharacter)) as IDataObject,
				})),
		};
	},
};

type CreatedCharacter = ReturnType<typeof characterItem>;

/** Some gateways answer before the character is made: then it is polled, and never created twice. */
async function withName(run: Run, created: CreatedCharacter): Promise<CreatedCharacter> {
	if (created.username && !created.note) return created;
	const { id, task_id: taskId = '' } = created;
	const detail = taskId ? `its task is ${taskId}` : `its ID is ${id}`;
	const missing = (facts: FailureFacts) =>
		new SoraFailure('character_missing', { ...facts, detail });
	const { gateway, clock, signal } = run;
	const asked = async () => {
		const { character, failed } = await run.requests(
			async () => await pollCharacter(gateway, { id, taskId }),
		);
		const failure = failed && taskFailure(failed);
		if (failure?.category === 'render_failed') {
			throw missing({ ...failure.facts, advice: `Try another clip. ${WAS_IT_CHARGED}` });
		}
		if (failure) throw failure;
		if (!character?.username || character.phase === 'running') {
			throw missing({ repeatable: 'free' });
		}
		return characterItem({ ...character, id: character.id || id, taskId });
	};
	return await retry(asked, {
		attempts: Number.POSITIVE_INFINITY,
		withinMs: PATIENCE.character,
		repeats: 'free',
		clock,
		signal,
		whenStopped: { detail, advice: FAILURES.character_missing.advice },
	}).catch((error: unknown) => {
		const { category, facts } = toSoraFailure(error);
		if (facts.task || category === 'cancelled') throw error as Error;
		if (created.username) return created;
		throw missing({ words: facts.words });
	});
}
