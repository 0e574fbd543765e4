/** What is used of mp4box, whose own types this project's module resolution does not find. */
declare module 'mp4box' {
	export type MP4BoxBuffer = ArrayBuffer & { fileStart: number };

	export interface Sample {
		dts: number;
		duration: number;
		timescale: number;
	}

	export function createFile(): {
		appendBuffer(bytes: MP4BoxBuffer): void;
		flush(): void;
		getInfo(): { tracks: Array<{ id: number }> };
		getTrackSamplesInfo(id: number): Sample[];
	};
}
