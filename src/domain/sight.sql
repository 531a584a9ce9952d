-- domain/sight.sql
--		What people see: schedules, sittings, results and candidates, through the
--		hierarchy. Systems and database roles see all of their install.

-- Policies run as whoever reads, so EXECUTE on what they ask stays with PUBLIC;
-- it tells callers about themselves alone.
CREATE FUNCTION proctorlink.sees_hierarchy(install_id uuid, hierarchy_id uuid) RETURNS boolean
	LANGUAGE C STABLE PARALLEL RESTRICTED COST 2
	AS 'MODULE_PATHNAME', 'proctorlink_sees_hierarchy';
COMMENT ON FUNCTION proctorlink.sees_hierarchy(uuid, uuid) IS
'Whether the caller, who must act for that install, sees what belongs to a hierarchy node: a person with access to it or to one above (grant_hierarchy, whichever flag); everybody who is no person. A null hierarchy_id means the default node. Used by policies.';

CREATE FUNCTION proctorlink.sees_owner(install_id uuid, owner_id uuid) RETURNS boolean
	LANGUAGE C STABLE PARALLEL RESTRICTED COST 2
	AS 'MODULE_PATHNAME', 'proctorlink_sees_owner';
COMMENT ON FUNCTION proctorlink.sees_owner(uuid, uuid) IS
'Whether the caller, who must act for that install, sees the schedules of an account: their own, and those of accounts shared with them (share_account); everybody who is no person sees all. Used by policies.';

CREATE FUNCTION proctorlink.sees_schedule(install_id uuid, schedule_id uuid) RETURNS boolean
	LANGUAGE C STABLE PARALLEL RESTRICTED COST 2
	AS 'MODULE_PATHNAME', 'proctorlink_sees_schedule';
COMMENT ON FUNCTION proctorlink.sees_schedule(uuid, uuid) IS
'Whether the caller, who must act for that install, sees the sittings of a schedule: through its hierarchy or its owner; everybody who is no person sees all. A null schedule_id means a sitting without a schedule, which belongs to the default hierarchy. Used by policies.';

CREATE FUNCTION proctorlink.sees_account(install_id uuid, account_id uuid) RETURNS boolean
	LANGUAGE C STABLE PARALLEL RESTRICTED COST 2
	AS 'MODULE_PATHNAME', 'proctorlink_sees_account';
COMMENT ON FUNCTION proctorlink.sees_account(uuid, uuid) IS
'Whether the caller, who must act for that install, sees an account: a person their own and those who have a sitting that they see; everybody who is no person all. Used by policies.';

CREATE FUNCTION proctorlink.hierarchy_path(hierarchy_id uuid) RETURNS text
	LANGUAGE C STABLE PARALLEL RESTRICTED COST 2
	AS 'MODULE_PATHNAME', 'proctorlink_hierarchy_path';
COMMENT ON FUNCTION proctorlink.hierarchy_path(uuid) IS
'The titles from the root to a hierarchy node of the caller''s install, with " \ " between; null for a node that the caller does not see.';
REVOKE ALL ON FUNCTION proctorlink.hierarchy_path(uuid) FROM PUBLIC;
