# Makefile for proctorlink
#
# The ordinary targets are those of PGXS: all, install, uninstall,
# installcheck, clean.  The others are listed by "make help".

here := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))

EXTENSION = proctorlink
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(here)/proctorlink.control)
MODULE_big = proctorlink
PGFILEDESC = "proctorlink - assessment platforms joined to proctoring providers"

# The install script is these files one after the other.  Lower floors come
# first; within a floor a file may lean on the ones before it.
SQL_FILES = \
	src/core/schema.sql \
	src/core/sid.sql \
	src/domain/acting.sql \
	src/domain/sight.sql \
	src/domain/install.sql \
	src/domain/role_binding.sql \
	src/domain/role.sql \
	src/domain/hierarchy.sql \
	src/domain/integration.sql \
	src/domain/account.sql \
	src/domain/provider_account.sql \
	src/domain/hierarchy_access.sql \
	src/domain/account_share.sql \
	src/domain/course.sql \
	src/domain/enrollment.sql \
	src/domain/exam.sql \
	src/domain/exam_configuration.sql \
	src/domain/accommodation.sql \
	src/domain/schedule.sql \
	src/domain/exam_session.sql \
	src/domain/booking.sql \
	src/domain/exam_session_status.sql \
	src/domain/result.sql \
	src/domain/launch.sql \
	src/domain/access_key.sql \
	src/domain/webhook.sql \
	src/domain/erased.sql \
	src/domain/batch.sql \
	src/domain/event.sql \
	src/provision/provision.sql \
	src/eapi/user.sql \
	src/eapi/group.sql \
	src/eapi/schedule.sql \
	src/eapi/assessment.sql \
	src/eapi/attempt.sql \
	src/proctoru/reservation.sql \
	src/proctoru/webhook.sql \
	src/access/launch.sql \
	src/access/token.sql \
	src/access/access_token.sql \
	src/access/authenticate.sql \
	src/access/signon.sql \
	src/access/roles.sql \
	src/access/exam_access.sql \
	src/care/explain.sql \
	src/care/history.sql \
	src/care/events.sql \
	src/care/privacy.sql \
	src/domain/statistics.sql \
	src/access/installer.sql

install_script = $(EXTENSION)--$(EXTVERSION).sql
DATA = $(notdir $(wildcard $(here)/$(EXTENSION)--*--*.sql))
DATA_built = $(install_script)

HDRS = $(sort $(wildcard $(here)/src/*/*.h))
OBJS = $(patsubst $(here)/%.c,%.o,$(sort $(wildcard $(here)/src/*/*.c)))

PG_CPPFLAGS = -I$(here)/src -DPROCTORLINK_VERSION='"$(EXTVERSION)"'

# Warnings are errors for those who work on the code, never for users.  Those
# that are off would be about the server's headers and its macros.
ifdef PROCTORLINK_WERROR
PG_CFLAGS = -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers
# Servers built by gcc ask for what clang does not know.
ifneq ($(findstring clang,$(CC)),)
PG_CFLAGS += -Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	-Wno-ignored-attributes
endif
endif

# Bitcode would let JIT put these functions into expressions; none is called
# often enough there to gain from it, and without it the build needs no clang
# of the version that the server was built with.
override with_llvm = no

# Every file in sql/ is a test; "install" goes first and "uninstall" last.
tests := $(basename $(notdir $(sort $(wildcard $(here)/sql/*.sql))))
REGRESS := $(strip $(filter install,$(tests)) \
	$(filter-out install uninstall,$(tests)) \
	$(filter uninstall,$(tests)))
REGRESS_OPTS = --inputdir=$(here) --encoding=UTF8

ISOLATION := $(basename $(notdir $(sort $(wildcard $(here)/test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=$(here)/test/isolation --encoding=UTF8 --load-extension=$(EXTENSION)

EXTRA_CLEAN = $(EXTENSION)--$(EXTVERSION).sql.tmp $(EXTENSION)-*.zip tmp_check

# Targets that find, and where needed install, a server by themselves
own_targets = help setup demo test test-versions check-sanitizers fuzz bench \
	indent checkver dist

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# make without a target means all
.DEFAULT_GOAL := all

ifneq ($(wildcard $(PGXS)),)

include $(PGXS)

# What must be known before the compiler is chosen stands above, the rest here.
ifneq ($(filter-out $(own_targets) clean distclean,$(or $(MAKECMDGOALS),all)),)
ifeq ($(shell test $(firstword $(subst ., ,$(MAJORVERSION))) -ge 15 && echo ok),)
$(error proctorlink needs PostgreSQL 15 or newer, but $(PG_CONFIG) belongs to $(VERSION))
endif
endif

# Only what is marked is exported.  PostgreSQL 16 and newer ask for this
# themselves.
ifneq ($(shell $(CC) -fvisibility=hidden -E -x c /dev/null >/dev/null 2>&1 && echo ok),)
override CFLAGS += -fvisibility=hidden
endif

$(OBJS): $(HDRS) $(here)/Makefile $(here)/proctorlink.control

# A build outside the source tree needs the folders for its objects.
ifneq ($(abspath $(here)),$(CURDIR))
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif

else # no PGXS

ifneq ($(filter-out $(own_targets),$(or $(MAKECMDGOALS),all)),)
$(error $(PG_CONFIG) tells of no PGXS; install the server's development package (on Debian postgresql-server-dev-NN) or set PG_CONFIG)
endif

endif

$(install_script): $(addprefix $(here)/,$(SQL_FILES)) $(here)/Makefile $(here)/proctorlink.control
	cat $(addprefix $(here)/,$(SQL_FILES)) >$@.tmp
	mv $@.tmp $@

.PHONY: $(own_targets)

help:
	@sed 's/^/  /' $(here)/tools/help.txt

# Installs the packages that the targets below need (Debian, root or sudo).
setup:
	$(here)/tools/setup server test sanitizers

demo:
	@$(here)/tools/with-server --build bash $(here)/examples/demo.sh

test:
	@$(here)/tools/run-tests $(SUITES)

test-versions:
	@$(here)/tools/test-versions $(VERSIONS)

check-sanitizers:
	@$(here)/tools/check-sanitizers $(SUITES)

fuzz:
	@PROCTORLINK_FUZZ_SECONDS=$(or $(SECONDS),300) $(if $(SEED),PROCTORLINK_SEED=$(SEED)) \
		PROCTORLINK_TEST_TIMEOUT=$$(($(or $(SECONDS),300) + 600)) $(here)/tools/run-tests tap/fuzz

bench:
	@env -u PGHOST $(here)/bench/run $(ROWS)

indent:
	@$(here)/tools/indent

checkver:
	@$(here)/tools/checkver

dist: checkver
	git -C $(here) archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ \
		--output=$(CURDIR)/$(EXTENSION)-$(EXTVERSION).zip HEAD
