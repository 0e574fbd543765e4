/** An image that is named by its address, for gateways that take images as files. */
import { endBody } from '../gateway/body';
import { isConnectionLost } from '../gateway/connectionLost';
import type { Gateway } from '../gateway/credential';
import { invalidInput, messageOf, SoraFailure } from '../gateway/failures';
import { TIMEOUTS } from '../gateway/timeouts';
import { Ending } from '../gateway/transport';
import { Hops } from './download';
import { IMAGE_LIMITS } from './fileLimits';

/**
 * @param parameter what the panel calls the parameter that names it
 * @throws {SoraFailure} invalid_input where it cannot be had; nothing was sent to the gateway then
 */
export async function fetchedImage(
	{ gateway, signal }: { gateway: Gateway; signal?: AbortSignal },
	address: string,
	parameter: string,
): Promise<Blob> {
	const failed = (detail: string) =>
		invalidInput(
			`"${parameter}": the image at ${address.slice(0, 200)} could not be fetched: ${detail}`,
			'This gateway takes images as files, so n8n fetches them first. Check the address, or take the image from an input data field.',
		);
	const whyNot = (error: unknown): SoraFailure => {
		const isLost = isConnectionLost(error);
		if (error instanceof SoraFailure && !isLost) return error;
		if (signal?.aborted) return new SoraFailure('cancelled', { nothingBought: true });
		if (whole.isLate) return failed('it took too long');
		return failed((isLost && error.facts.detail) || messageOf(error));
	};
	const whole = new Ending(TIMEOUTS.upload, signal);
	try {
		const { reply, chunks } = await new Hops(gateway, whole, failed).open(address);
		if (reply.status !== 200) {
			endBody(reply.body);
			throw failed(`its host answered with HTTP ${reply.status}`);
		}
		const parts: Buffer[] = [];
		let length = 0;
		for await (const part of chunks as AsyncIterable<Buffer>) {
			parts.push(part);
			length += part.length;
			if (length > IMAGE_LIMITS.bytes) throw failed('it is larger than 20 MB');
		}
		return new Blob(parts);
	} catch (error) {
		throw whyNot(error);
	} finally {
		whole.end();
	}
}
