/*
 * eapi/seated.c
 *		Candidates that were put on a schedule, and the answer that gives each a
 *		link.
 */
#include "eapi/seated.h"

#include "domain/launch.h"
#include "miscadmin.h"

/* SeatPeople puts people whom the engine has made or found on a schedule. */
bool
SeatPeople(EapiCall *call, const pg_uuid_t *exam, const pg_uuid_t *schedule, const Person *people,
		   Seat *seats, int count)
{
	for (int i = 0; i < count; i++)
	{
		seats[i].hasAccount = true;
		seats[i].account = people[i].account;
		seats[i].isNew = people[i].outcome == OUTCOME_CREATED;
	}
	return SeatsTake(&call->install.id, exam, schedule, seats, count, &call->problems);
}

/* SeatedAnswer adds "Result" and "Candidates", each with the launch link of the session. */
void
SeatedAnswer(EapiCall *call, const char *result, const CandidateRequests *candidates,
			 const Person *people, const Seat *seats)
{
	JsonArray  *list = palloc(sizeof(JsonArray));
	LaunchLinks *links = LaunchStart(&call->install);

	JsonArrayInit(list);
	for (int i = 0; i < candidates->count; i++)
	{
		const CandidateRequest *candidate = &candidates->list[i];
		JsonObject	entry;
		Text		startup;
		Text		launch;

		CHECK_FOR_INTERRUPTS();
		LaunchMint(links, &seats[i].session, seats[i].linkVersion, &startup, &launch);
		JsonObjectInit(&entry);
		JsonAddText(&entry, "CandidateExtId", candidate->candidateExtId);
		JsonAddText(&entry, "StartupLink", startup);
		JsonAddText(&entry, "LaunchUrl", launch);
		JsonAddText(&entry, "FirstName", candidate->firstName);
		JsonAddText(&entry, "LastName", candidate->lastName);
		JsonAddText(&entry, "Email", candidate->email);
		JsonAddNull(&entry, "Password");
		if (candidate->attemptExtId.presence == GIVEN)
			JsonAddText(&entry, "AttemptExtId", candidate->attemptExtId);
		JsonPushObject(list, &entry);
	}
	LaunchEnd(links);
	JsonAddString(&call->answer, "Result", result);
	JsonAddArray(&call->answer, "Candidates", list);
}

/* SeatedContent repeats what the answer has so far as its "Content": clients read either. */
void
SeatedContent(EapiCall *call)
{
	JsonObject	content = call->answer;
	StringInfoData out;

	initStringInfo(&out);
	JsonObjectWrite(&content, &out);

	/* What was written once is copied from there. */
	for (int i = 0; i < call->answer.count; i++)
		if (call->answer.pieces[i].array != NULL)
		{
			JsonbValue	value;
			Text		key = call->answer.pieces[i].key;

			getKeyJsonValueFromContainer((JsonbContainer *) out.data, key.data, key.len, &value);
			call->answer.pieces[i].array = NULL;
			call->answer.pieces[i].data = (char *) value.val.binary.data;
			call->answer.pieces[i].len = value.val.binary.len;
		}
	JsonAddContainer(&call->answer, "Content", out.data, out.len);
}
