-- domain/statistics.sql
--		How many installs the planner is to think of. Every key begins with
--		install_id, and a table that was analyzed while it had one row makes the
--		planner believe that the column is unique: then the install alone finds as
--		few rows as the whole key, by any index, and all rows of the install are
--		read for each key (10,000 candidates took 18 s instead of 0.4 s).

ALTER TABLE proctorlink.access_key ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.accommodation ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.account ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.account_share ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.api_token ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.api_token_hash ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.batch ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.course ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.enrollment ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.erased_id ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.erasure_key ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.event ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.exam ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.exam_configuration ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.exam_secret ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.exam_session ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.former_reservation ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.hierarchy ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.hierarchy_access ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.integration ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.launch_key ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.provider_account ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.role ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.role_binding ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.schedule ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.signing_key ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.signon_use ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.webhook ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.webhook_body ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.webhook_rule ALTER COLUMN install_id SET (n_distinct = 10);
ALTER TABLE proctorlink.webhook_secret ALTER COLUMN install_id SET (n_distinct = 10);
