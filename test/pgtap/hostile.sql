-- test/pgtap/hostile.sql
--		Whatever comes in is answered or refused clearly: by us with PT4xx, or by
--		PostgreSQL's own input of jsonb with class 22 or 54; and leaves nothing.

BEGIN;
\ir helpers.psql
SELECT plan(135);
SELECT proctorlink.create_install('University', 'https://platform.test') AS install \gset
SELECT results(proctorlink.batch_provision(learner_item())) AS done \gset

-- What becomes of a text sent as a payload: "answered" by an entry with an
-- error, "refused" by us, "no jsonb", the results where something was done, or
-- what should not be.
CREATE FUNCTION sent(payload text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb;
BEGIN
	answer := proctorlink.batch_provision(payload::jsonb);
	IF answer ? 'items' THEN
		IF EXISTS (SELECT FROM jsonb_array_elements(answer -> 'items') entry
				   WHERE refusal(entry -> 'error') !~ '^(INVALIDINPUT|RESOURCENOTFOUND|CONFLICT): ') THEN
			RETURN answer::text;
		END IF;
		RETURN 'answered';
	END IF;
	RETURN results(answer);
EXCEPTION
	WHEN OTHERS THEN
		RETURN CASE
			WHEN SQLSTATE IN ('PT400', 'PT404', 'PT409', 'PT413') AND SQLERRM ~ '^[A-Z]+$' THEN 'refused'
			WHEN SQLSTATE ~ '^(22|54)' THEN 'no jsonb'
			ELSE SQLSTATE || ' ' || SQLERRM END;
END
$$;
-- The same where either is right.
CREATE FUNCTION endured(payload text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	outcome text := sent(payload);
BEGIN
	IF outcome IN ('refused', 'no jsonb', 'answered') THEN
		RETURN true;
	END IF;
	RAISE WARNING '%', left(outcome, 200);
	RETURN false;
END
$$;

SELECT contents(leaving_out => '{batch}') AS before \gset

-- Nested 10,000 deep.

SELECT ok(endured(payload), name)
FROM (VALUES
	('10,000 lists', repeat('[', 10000) || repeat(']', 10000)),
	('10,000 objects', repeat('{"course":', 10000) || '1' || repeat('}', 10000)),
	('10,000 lists as a title', '{"course": {"ids": {"external": "x"}, "title": ' || repeat('[', 10000) || repeat(']', 10000) || '}}'),
	('10,000 lists as an id', '{"course": {"ids": {"external": ' || repeat('[', 10000) || repeat(']', 10000) || '}, "title": "x"}}'),
	('10,000 objects under an unknown key', '{"course": {"ids": {"external": "x"}, "x": ' || repeat('{"x":', 10000) || '1' || repeat('}', 10000) || '}}'),
	('10,000 lists in an item', '[' || repeat('[', 9999) || repeat(']', 9999) || ']'),
	('10,000 lists as items', '{"items": ' || repeat('[', 9999) || repeat(']', 9999) || '}'),
	('10,000 objects as complete', '{"items": [], "complete": ' || repeat('{"courses":', 9999) || '1' || repeat('}', 9999) || '}')
) AS payloads (name, payload);
SELECT ok(endured(replace(put(exam_item(), '/exam/configuration/' || member, '"@"')::text, '"@"',
	repeat('{"TS4b894875d26194988853e490dfb9bc41":', 5000) || '{}' || repeat('}', 5000))), '5,000 objects as ' || member)
FROM unnest('{proctorTypes,permittedItems,notes,access,scheduling,ids}'::text[]) member;

-- Characters that no text may hold.

SELECT is(sent(replace('{"course": {"ids": {"external": "x"}, "title": "@"}}', '@', characters)), 'no jsonb', name)
FROM (VALUES
	('NUL', '\u0000'), ('NUL inside', 'a\u0000b'), ('half a surrogate pair', '\ud83d'), ('the other half', '\ude00'),
	('the halves the wrong way round', '\ude00\ud83d'), ('half a pair and a letter', '\ud83dx'), ('a wrong escape', '\u12'),
	('a control character that is not escaped', E'\u0001')
) AS payloads (name, characters);
SELECT is(sent(replace('{"user": {"ids": {"external": "@"}, "firstName": "x", "lastName": "x", "email": "a@b"}}', '@"}', characters || '"}')),
	'refused', 'an id with ' || name)
FROM (VALUES
	('a bell', '\u0007'), ('a tab', '\t'), ('a line feed', 'a\nb'), ('a delete character', '\u007f'), ('a C1 control character', 'a\u0085b')
) AS payloads (name, characters);
SELECT is(sent('{"course": {"ids": {"external": "x\ud83d\ude00"}, "title": 1}}'), 'refused', 'a whole pair is a letter like others');

-- Text that is no JSON.

SELECT is(sent(payload), 'no jsonb', 'no JSON: ' || payload)
FROM unnest(ARRAY['', ' ', 'course', '{', '[', '{"course"}', '{course: 1}', '{"course": 1,}', '[1,]', '01', '{"a": .5}', 'NaN', 'Infinity', '''x''', '{"a": 1} {"b": 2}'])
	AS payload;

-- Numbers beyond every type, and where none belongs.

SELECT is(sent(replace(put(put(exam_item(), '/exam/ids/external', '"x"'), '/exam/configuration/duration', '"@"')::text, '"@"', number)), 'refused',
	'a duration of ' || left(number, 20))
FROM unnest(ARRAY['0', '-0', '-1', '2147483648', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e308', '-1e308', '1e-308', '0.5', '59.999999999999999999999',
	repeat('9', 10000), '1e100000']) number;
SELECT is(sent('{"course": {"ids": {"external": 1e1000000}, "title": "x"}}'), 'no jsonb', 'a number that numeric cannot hold');
SELECT is(sent(replace('{"course": {"ids": {"external": @}, "title": "x"}}', '@', number)), 'refused', 'an id of ' || left(number, 20))
FROM unnest(ARRAY['0', '9223372036854775808', '1e400', repeat('7', 5000)]) number;
SELECT is(sent('{"items": [], "complete": {"courses": [], "maxRemoved": 9223372036854775808}}'), 'refused', 'maxRemoved beyond int8');
SELECT is(sent('{"items": [], "complete": {"courses": [], "maxRemoved": -1e40}}'), 'refused', 'maxRemoved far below nought');

-- Dates that there are not.

SELECT is(sent(put(put(exam_item(), '/exam/ids/external', '"x"'), '/exam/configuration/access/open', to_jsonb(date))::text), 'refused', 'a date: ' || left(date, 40))
FROM unnest(ARRAY['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-10T00:00:00Z', '2026-01-00T00:00:00Z', '0000-01-01T00:00:00Z',
	'99999-01-01T00:00:00Z', '2026-02-28T25:00:00Z', '2026-02-28T00:00:00+99:00', 'now', 'epoch', 'infinity', '2026-02-28T00:00:00Z ', '2026-02-28T00:00:00Z; DROP TABLE exam']) date;
SELECT ok(endured(put(put(exam_item(), '/exam/ids/external', '"x"'), '/exam/configuration/access/open',
	to_jsonb('2028-02-28T00:00:00.' || repeat('0', 1000000) || 'Z'))::text), 'a date with a million digits');

-- Texts that are empty, and of a million characters.

SELECT is(sent(put(put(item, '/' || split_part(substr(pointer, 2), '/', 1) || '/ids/external', '"x"'), pointer, to_jsonb(value))::text), 'refused',
	pointer || CASE value WHEN '' THEN ' empty' ELSE ' of a million characters' END)
FROM (VALUES (course_item(), '/course/title'), (course_item(), '/course/ids/external'), (user_item(), '/user/email'), (user_item(), '/user/firstName'),
	(user_item(), '/user/timeZone'), (user_item(), '/user/currencyCode'), (exam_item(), '/exam/type'), (exam_item(), '/exam/configuration/url')) AS places (item, pointer),
	(VALUES (''), (repeat('x', 1000000))) AS texts (value);
SELECT is(sent(jsonb_build_object('course', course_item() -> 'course' || jsonb_build_object(repeat('k', 1000000), 1))::text), 'refused', 'a key of a million characters');
SELECT ok(length(attempt(jsonb_build_object('course', course_item() -> 'course' || jsonb_build_object(repeat('k', 1000000), 1)))::text) < 5000,
	'is not given back whole');
SELECT ok(length(attempt(put(course_item(), '/course/title', to_jsonb(repeat('x', 1000000))))::text) < 5000, 'nor is a title');
SELECT ok(length(attempt(jsonb_build_array(put(user_item(), '/user/email', to_jsonb(repeat('x', 1000000)))))::text) < 5000, 'nor a value in a list');
SELECT is(sent('{"installSid": "' || repeat('A', 1000000) || '", "course": {"ids": {"api": "x"}}}'), 'refused', 'an installSid of a million characters');
SELECT is(sent('{"idempotencyKey": "' || repeat('k', 1000000) || '", "items": []}'), 'refused', 'a key of the call of a million characters');

-- Keys in the wrong case, lists where objects belong, scalars and null.

SELECT is(sent(payload), 'refused', left(payload, 60))
FROM unnest(ARRAY[
	'{"COURSE": {"ids": {"external": "x"}, "title": "x"}}', '{"course": {"IDS": {"external": "x"}, "title": "x"}}',
	'{"course": {"ids": {"External": "x"}, "title": "x"}}', '{"course": []}', '{"course": [{"ids": {"external": "x"}, "title": "x"}]}',
	'{"course": {"ids": [{"external": "x"}], "title": "x"}}', '{"course": 1}', '{"course": true}', '{"course": ""}',
	'{"user": {"ids": {"external": ["x"]}}}', '{"user": {"ids": {"external": {"x": 1}}}}', '{"user": [[]]}', 'null', '1', '"x"', 'true', '{}',
	'{"": {}}', '{"course": {"": {}}}', '{"course": {"ids": {"": "x"}}}']) payload;
SELECT is(sent(payload), 'answered', left(payload, 60))
FROM unnest(ARRAY['[null]', '[1, "x", true, [], {}]', '[[{"course": {"ids": {"external": "x"}, "title": "x"}}]]', '{"items": [null, {"course": null}]}']) payload;
SELECT is(sent('{"course": {"ids": {"external": "x"}, "title": "x", "title": 7}}'), 'refused', 'of a key that comes twice the last counts');

-- Texts that mean something to somebody else are just texts.

SELECT is(results(attempt(put(put(user_item(), '/user/ids/external', to_jsonb(value)), '/user/lastName', to_jsonb(value)))), 'user Created', 'a name: ' || value)
FROM unnest(ARRAY['Robert''); DROP TABLE account;--', '%s%n%d', '$1', '\', '{"a": 1}', '\\u0000', 'NULL', 'é́', '😀']) value;

-- Nothing of all this stayed.

SELECT is(contents(leaving_out => '{batch}'), :'before', 'nothing was written');

SELECT * FROM finish();
ROLLBACK;
