/** The pages of docs/ that are written from the node itself. */
import { answersPage } from './answers';
import { modelsPage } from './models';
import { errorsPage, filesPage, operationsPage } from './reference';

export const PAGES: Readonly<Record<string, () => string>> = {
	'answers.md': answersPage,
	'operations.md': operationsPage,
	'errors.md': errorsPage,
	'files.md': filesPage,
	'models.md': modelsPage,
};
