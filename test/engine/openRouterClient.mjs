// OpenRouter's own client is an ES module, which jest does not load. Prints what it saw of one video.
import { OpenRouter } from '@openrouter/sdk';

const [serverURL, apiKey] = process.argv.slice(2);
const { videoGeneration } = new OpenRouter({ apiKey, serverURL });
const models = await videoGeneration.listVideosModels();
const created = await videoGeneration.generate({
	videoGenerationRequest: {
		model: 'google/veo-3.1',
		prompt: 'A boat',
		duration: 8,
		resolution: '720p',
		aspectRatio: '16:9',
	},
});
const finished = await videoGeneration.getGeneration({ jobId: created.id });
const parts = [];
for await (const part of await videoGeneration.getVideoContent({ jobId: created.id }))
	parts.push(part);
const missing = await videoGeneration
	.getGeneration({ jobId: 'nope' })
	.catch((error) => error.statusCode);
console.log(
	JSON.stringify({
		models: models.data.map(({ id }) => id),
		created: created.status,
		finished: finished.status,
		content: Buffer.concat(parts).toString('base64'),
		missing,
	}),
);
