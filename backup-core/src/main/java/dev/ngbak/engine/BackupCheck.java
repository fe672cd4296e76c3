package dev.ngbak.engine;

import dev.ngbak.archive.Manifest;
import dev.ngbak.engine.StateCheck.RuleResult;
import dev.ngbak.layout.CheckRule.Severity;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoredRecord;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/**
 * The reference check of one backup. It sees the records while they are exported. If the check itself fails, the backup only
 * warns of that, unless {@code BACKUP_CHECK} is {@code fail}.
 */
final class BackupCheck implements AutoCloseable {

    private static final String FAILED = "the references between the stores were being checked";

    private final CheckMode mode;
    private final Optional<StateCheck> check;
    private final Settings settings;
    private final Job job;
    private final Set<Role> hidden = EnumSet.noneOf(Role.class);
    private StateCheck.Session session;
    private Throwable failure;

    private BackupCheck(CheckMode mode, Optional<StateCheck> check, Settings settings, Job job) {
        this.mode = mode;
        this.check = check;
        this.settings = settings;
        this.job = job;
    }

    /** Returns no check, for the safety archive of a restore, which saves the state as it is. */
    static BackupCheck none(EngineContext context, Job job) {
        return new BackupCheck(CheckMode.OFF, Optional.empty(), context.stores().settings(), job);
    }

    /** @throws BackupException {@code INVALID} if the settings require a check that is not on the class path */
    static BackupCheck of(EngineContext context, Job job) {
        CheckMode mode = context.settings().check();
        Optional<StateCheck> check = mode == CheckMode.OFF
                ? Optional.empty()
                : ServiceLoader.load(StateCheck.class).findFirst();
        if (check.isEmpty() && mode == CheckMode.FAIL) {
            throw new BackupException(
                    Kind.INVALID,
                    "BACKUP_CHECK is fail, but the reference check is not on the class path",
                    "Add the module backup-check, or set BACKUP_CHECK to warn or off");
        }
        if (check.isEmpty() && mode == CheckMode.WARN) {
            job.info("The references between the stores are not checked, because the module backup-check is not on the"
                    + " class path.");
        }
        return new BackupCheck(mode, check, context.stores().settings(), job);
    }

    /** Begins an attempt to export the stores. What was seen before does not count. */
    synchronized void begin() {
        close();
        failure = null;
        hidden.clear();
        if (check.isPresent()) {
            guarded(() -> session = check.get().begin(settings));
        }
    }

    /** Returns a handler that hands the records of a store to the digester, and shows them to the check if there is one. */
    RecordHandler watching(Role role, RecordDigester digester) {
        return check.isEmpty() ? digester : new WatchedRecords(role, digester);
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Runs a step of the check. If it fails, ends the check, so that its temporary files need no space. */
    private void guarded(Step step) {
        try {
            step.run();
        } catch (CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            if (mode == CheckMode.FAIL) {
                throw explained();
            }
            close();
        }
    }

    private BackupException explained() {
        BackupException why = Errors.explain(failure, FAILED);
        return new BackupException(
                why.kind(),
                why.problem() + ", and BACKUP_CHECK is fail",
                why.remedy() + ", or set BACKUP_CHECK to warn",
                why);
    }

    /** The records of one store. Those of several stores come at the same time. */
    private final class WatchedRecords implements RecordHandler {

        private final Role role;
        private final RecordDigester digester;

        WatchedRecords(Role role, RecordDigester digester) {
            this.role = role;
            this.digester = digester;
        }

        @Override
        public Detail detail() {
            return Detail.DIGESTS_AND_CONTENT;
        }

        @Override
        public void add(StoredRecord record) {
            digester.add(record);
            synchronized (BackupCheck.this) {
                if (session != null) {
                    guarded(() -> record.show(session.visitor(role)));
                }
            }
        }

        @Override
        public void count(String name, long amount) {
            digester.count(name, amount);
        }

        @Override
        public void warn(String sentence) {
            digester.warn(sentence);
        }

        @Override
        public void omitDigest() {
            digester.omitDigest();
        }

        @Override
        public void markOpaque(StoreCounts known) {
            digester.markOpaque(known);
            synchronized (BackupCheck.this) {
                hidden.add(role);
            }
        }
    }

    /**
     * Reports broken references.
     *
     * @param changing whether something was written to the stores meanwhile, or may have been
     * @return what the manifest says about the check; empty if there is no result
     * @throws BackupException {@code BROKEN_REFERENCES} if a rule is broken whose severity is error, and {@code BACKUP_CHECK}
     *     is {@code fail}
     */
    synchronized Optional<Manifest.Check> finish(boolean changing) {
        List<StateCheck.Result> results = new ArrayList<>();
        if (session != null) {
            guarded(() -> results.add(session.finish(hidden)));
        }
        close();
        if (failure != null) {
            job.warn("The references between the stores were not checked: "
                    + Errors.explain(failure, FAILED).problem()
                    + ". The archive has no result of the check. The backup itself is not affected.");
        }
        if (results.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Long> rules = new LinkedHashMap<>();
        results.get(0).rules().forEach(rule -> rules.put(rule.rule().code(), rule.violations()));
        List<RuleResult> errors = broken(results.get(0), Severity.ERROR);
        List<RuleResult> warnings = broken(results.get(0), Severity.WARNING);
        report(results.get(0), errors, warnings, changing);
        return Optional.of(new Manifest.Check(errors.size(), warnings.size(), rules));
    }

    private void report(
            StateCheck.Result result, List<RuleResult> errors, List<RuleResult> warnings, boolean changing) {
        if (!errors.isEmpty()) {
            String problem = "Data is lost or mixed up in the stores: " + text(errors);
            String temporary = changing ? ". The stores may have changed meanwhile, so this may be temporary" : "";
            if (mode == CheckMode.FAIL) {
                throw new BackupException(
                        Kind.BROKEN_REFERENCES,
                        problem + temporary + ". BACKUP_CHECK is fail",
                        "Run ngbak check for more samples, and restore an older archive if data is missing; or set"
                                + " BACKUP_CHECK to warn to make a backup nevertheless");
            }
            job.warn(problem + temporary
                    + ". This archive contains that state. Run ngbak check for more samples, and keep"
                    + " the older archives.");
        }
        if (!warnings.isEmpty()) {
            job.warn("The reference check warns of what also occurs in healthy systems: " + text(warnings) + ".");
        }
        if (errors.isEmpty()) {
            job.info("The reference check found no errors"
                    + (result.unchecked() == 0
                            ? "."
                            : "; " + Sizes.count(result.unchecked(), "rules")
                                    + " could not be checked, because a store does not show its records."));
        }
    }

    private static List<RuleResult> broken(StateCheck.Result result, Severity severity) {
        return result.rules().stream()
                .filter(rule -> rule.violations() > 0 && rule.rule().severity() == severity)
                .toList();
    }

    private static String text(List<RuleResult> broken) {
        return broken.stream()
                .map(rule -> rule.rule().code() + " (" + rule.rule().title() + ") is broken "
                        + Sizes.count(rule.violations(), "times")
                        + rule.sample()
                                .map(sample -> ", for example: " + sample)
                                .orElse(""))
                .collect(Collectors.joining("; "));
    }

    @Override
    public synchronized void close() {
        try (StateCheck.Session closed = session) {
            session = null;
        } catch (IOException e) {
            // A temporary file that cannot be closed does not change what was found.
            session = null;
        }
    }
}
