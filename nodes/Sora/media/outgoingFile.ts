import { FILE_HEAD_BYTES, fileKind, type FileKind } from './fileKind';
import { bytesOf, type InputFile, type OutgoingFile } from './inputFile';
import { sentAs } from './sentAs';
import { digestOfContent } from './uploads';

/**
 * Makes a file ready to be sent, under the name and type of its content.
 * @param kind what was found out about it; its first bytes are looked at where that is left out
 */
export async function outgoingFile<Source extends InputFile>(
	file: Source,
	content: Blob,
	kind?: FileKind,
): Promise<Source & OutgoingFile> {
	const found = kind ?? fileKind(await bytesOf(content.slice(0, FILE_HEAD_BYTES)));
	return { ...file, ...sentAs(file, found), digest: await digestOfContent(content) };
}
