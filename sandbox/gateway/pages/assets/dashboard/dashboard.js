import { keepAges } from './ages.js';
import { wireControls } from './controls.js';
import { wireCopying } from './copying.js';
import { wireFaultForm } from './fault-form.js';
import { wireFilter } from './filter.js';
import { Refresher } from './refresher.js';
import { followJournal } from './journal-stream.js';
import { wireTimeline } from './timeline.js';

const refresher = new Refresher();
const language = document.documentElement.lang;

followJournal(refresher);
wireControls(refresher);
wireFilter(refresher);
wireFaultForm(refresher);
wireCopying();
wireTimeline();
keepAges(language);
