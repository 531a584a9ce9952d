-- bench/baseline_signon.sql
--		Sign-on links by SQL and pgcrypto: lean.provision with a JWT an item.
--
-- Runs after baseline_setbased.sql in the same psql session, whose :template it
-- fills in.  The token has the same claims as the extension's: header (made
-- once for an integration) with alg, typ, kid; iss, sub, aud, iat, nbf, exp,
-- jti.  Each part is computed once an item: OFFSET 0 keeps the planner from
-- pasting an expression in everywhere it is used.  Base64url is one translate()
-- of encode(…, 'base64'), which also drops the line feeds and the padding.

CREATE EXTENSION pgcrypto;

CREATE TABLE lean.integration (
	sid text COLLATE "C" PRIMARY KEY,
	redirect_url text NOT NULL,
	secret bytea NOT NULL,
	head text NOT NULL
);

INSERT INTO lean.integration
SELECT sid, 'https://proctoring.example.com/signon', convert_to('mwlN3X6cTlSZ7bBq0k1vJtY2uRr9eHs4dPgFzAa5xQo', 'UTF8'),
	translate(encode(convert_to('{"alg":"HS256","typ":"JWT","kid":"' || sid || '"}', 'UTF8'), 'base64'), E'+/=\n', '-_')
FROM (VALUES (:'integration')) AS v (sid);

SELECT replace(replace(replace(:'template', '@NAME', 'provision_signon'), '@ANSWER', $answer$
			|| CASE WHEN token IS NULL THEN '' ELSE
				',"signon":{"redirect":"' || redirect_url || '?token=' || token || '","token":"' || token || '"}'
				END$answer$), '@FROM', $from$
	LEFT JOIN LATERAL (
		SELECT redirect_url,
			signed || '.' || translate(encode(hmac(convert_to(signed, 'UTF8'), secret, 'sha256'), 'base64'), E'+/=\n', '-_') AS token
		FROM (
			SELECT redirect_url, secret,
				head || '.' || translate(encode(convert_to(
					'{"iss":"lean","sub":"' || l.person_id || '","aud":"' || sid
					|| '","iat":' || at || ',"nbf":' || at || ',"exp":' || at + 300
					|| ',"jti":"' || gen_random_uuid() || '","install":"lean"}',
					'UTF8'), 'base64'), E'+/=\n', '-_') AS signed
			FROM lean.integration
			WHERE sid = l.signon ->> 'integrationSid'
			OFFSET 0) AS unsigned
		OFFSET 0) AS link ON true$from$)
\gexec
