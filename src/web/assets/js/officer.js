// The head bank's desk: a table that is only read. The page still offers what was signed and not answered.

import { begin } from './signing.js';
import { sayError } from './say.js';

begin().then(() => { document.documentElement.dataset.ready = 'yes'; }, sayError);
