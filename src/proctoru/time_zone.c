/*
 * proctoru/time_zone.c
 *		Time zones as ProctorU's clients name them: by Windows' names, or IANA's.
 */
#include "proctoru/answer.h"

#include "proctoru/windows_zones.h"

/* WindowsZoneFind finds the IANA zone of a Windows zone; absent when there is none of that name. */
static Text
WindowsZoneFind(Text name)
{
	for (int i = 0; i < lengthof(windowsZones); i++)
		if (TextIs(name, windowsZones[i].windows))
			return TextOf(windowsZones[i].iana);
	return NO_TEXT;
}

/*
 * ProctoruTimeZone finds the zone that was sent, which may be absent, as the IANA
 * zone that is stored, and notes when there is none.
 */
bool
ProctoruTimeZone(ProctoruCall *call, Text sent, Text *zone)
{
	*zone = NO_TEXT;
	if (sent.presence != GIVEN)
		return true;
	*zone = WindowsZoneFind(sent);
	if (zone->presence != GIVEN)
		*zone = sent;
	if (IsTimeZone(*zone))
		return true;
	ProctoruRefuse(call, "TimeZone not found.");
	return false;
}
