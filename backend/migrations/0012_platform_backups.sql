-- A further kind of backup: what the platform itself is made anew with.

alter table dr_run
  drop constraint dr_run_kind_check,
  add constraint dr_run_kind_check check (kind in ('full', 'export', 'export_rest', 'platform', 'drill'));
