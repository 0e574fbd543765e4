import { uploadFile } from '../gateway/client';
import type { UploadedFile } from '../gateway/contract';
import type { Gateway } from '../gateway/credential';
import { ATTEMPTS } from '../gateway/timeouts';
import type { Clock } from '../flow/clock';
import { limiter } from '../flow/limiter';
import { retry } from '../flow/retry';
import type { OutgoingFile } from './inputFile';

interface UploadTools {
	gateway: Gateway;
	clock: Clock;
	signal: AbortSignal;
	log: (message: string, facts: { file: string }) => void;
}

/** Uploads an execution's files: one at a time, since each is in memory, and each only once. */
export class Uploads {
	private readonly oneAtATime = limiter(1);
	private readonly sent = new Map<string, Promise<UploadedFile>>();

	constructor(private readonly tools: UploadTools) {}

	/** @throws {SoraFailure} if the gateway does not take the file */
	async upload(file: OutgoingFile): Promise<UploadedFile> {
		const known = this.sent.get(file.digest);
		if (known) return await known;
		const sending = this.oneAtATime(async () => await this.send(file));
		this.sent.set(file.digest, sending);
		// The next item that needs the file tries again.
		sending.catch(() => this.sent.delete(file.digest));
		return await sending;
	}

	private async send({ name, mimeType, ...file }: OutgoingFile): Promise<UploadedFile> {
		const { gateway, clock, signal, log } = this.tools;
		const content = await file.content();
		return await retry(async () => await uploadFile(gateway, { name, mimeType, content }), {
			attempts: ATTEMPTS.upload,
			repeats: 'free',
			clock,
			signal,
			onRetry: (why) => log(`Sora file not uploaded yet: ${why.headline}`, { file: name }),
		});
	}
}
