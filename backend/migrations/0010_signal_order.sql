-- Lists of signals go by time and id, both downwards or both upwards: an index in another order leaves a part of it to be sorted each time.

drop index signal_newest;
create index signal_newest on signal (published_at desc, id desc);
