import { describeShare } from '../helpers/unit-share';

describeShare(__filename);
