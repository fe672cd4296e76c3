package dev.ngbak.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ngbak.engine.Sizes;
import dev.ngbak.engine.StoreStatus;
import dev.ngbak.jobs.JobDefinition;
import dev.ngbak.jobs.JobRecord;
import dev.ngbak.jobs.Json;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.repository.DataLoss;
import dev.ngbak.repository.DrillOutcome;
import dev.ngbak.repository.Retention;
import dev.ngbak.server.Health.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Applies each rule to the facts, and collects reasons and remarks. */
final class HealthJudgement {

    /** A restore drill that is older proves too little. */
    private static final Duration DRILL_EVERY = Duration.ofDays(90);
    /** A damaged archive among so many of the newest puts the data at risk: the disk may be failing. */
    private static final int RECENT = 5;

    private static final int SHOWN_COUNTS = 3;

    private final HealthFacts facts;
    /** Newest first, without safety archives. */
    private final List<ArchiveInfo> backups;

    private final List<ArchiveInfo> good;
    private final Optional<DataLoss> loss;
    private final List<String> broken = new ArrayList<>();
    private final List<String> risks = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    HealthJudgement(HealthFacts facts) {
        this.facts = facts;
        this.backups = facts.archives().stream()
                .filter(archive -> !archive.id().startsWith(Retention.SAFETY_PREFIX))
                .toList();
        this.good =
                backups.stream().filter(archive -> damage(archive).isEmpty()).toList();
        this.loss = DataLoss.find(good);
    }

    Health health() {
        facts.openRestore().ifPresent(restore -> broken.add(restore + ". Run ngbak recover."));
        facts.repositoryProblem().ifPresent(broken::add);
        stores();
        if (facts.repositoryProblem().isEmpty() || !backups.isEmpty()) {
            age();
            lastJob();
            damaged();
            loss.ifPresent(this::shrunk);
            good.stream().findFirst().ifPresent(this::newest);
            drill();
            space();
        }
        List<String> reasons = new ArrayList<>(broken);
        reasons.addAll(risks);
        Status status = !broken.isEmpty() ? Status.BROKEN : risks.isEmpty() ? Status.PROTECTED : Status.AT_RISK;
        return new Health(status, reasons, remarks, loss);
    }

    private void stores() {
        if (facts.stores().isEmpty()) {
            risks.add("The stores have not answered yet, so their state is not known. Wait a minute, then run ngbak"
                    + " doctor.");
        }
        for (StoreStatus store : facts.stores().orElse(List.of())) {
            if (!store.reachable()) {
                broken.add("The " + store.role().id() + " store cannot be read, so no backup can be made: "
                        + sentences(store.problem(), store.remedy()));
            } else if (store.problem() != null) {
                remarks.add("The " + store.role().id() + " store: " + sentences(store.problem(), store.remedy()));
            }
        }
    }

    private void age() {
        if (good.isEmpty()) {
            risks.add(
                    backups.isEmpty()
                            ? "There is no backup. Run ngbak backup."
                            : "No archive can be relied on: all are damaged or cannot be read. Run ngbak backup.");
            return;
        }
        Duration age = since(good.get(0).createdAt());
        if (facts.expectedEvery() == null) {
            remarks.add("The age of the last backup is not judged. Set BACKUP_EXPECTED_EVERY, for example to 24h.");
        } else if (age.compareTo(facts.expectedEvery()) > 0) {
            risks.add("The last good backup is " + text(age) + " old, and BACKUP_EXPECTED_EVERY expects one every "
                    + text(facts.expectedEvery()) + ". Run ngbak backup, and find out why the schedule did not.");
        }
    }

    /** Looks at the last backup job. A cancelled one says nothing: somebody wanted it so. */
    private void lastJob() {
        Instant newest = good.isEmpty() ? Instant.EPOCH : good.get(0).createdAt();
        facts.jobs().stream()
                .filter(job -> job.type().equals(JobDefinition.BACKUP))
                .filter(job -> job.status() == JobRecord.Status.COMPLETED || job.status() == JobRecord.Status.FAILED)
                .findFirst()
                .filter(job -> job.status() == JobRecord.Status.FAILED
                        && job.createdAt().isAfter(newest))
                .ifPresent(job -> risks.add("The last backup failed, " + text(since(job.createdAt())) + " ago: "
                        + sentences(job.error(), job.remedy())));
    }

    private void damaged() {
        List<ArchiveInfo> damaged =
                backups.stream().filter(archive -> damage(archive).isPresent()).toList();
        for (ArchiveInfo archive : damaged) {
            if (backups.indexOf(archive) < RECENT) {
                String why = damage(archive).orElseThrow();
                risks.add((why.contains(archive.id()) ? "" : "The archive " + archive.id() + ": ") + why
                        + " Check the disk, run ngbak backup, and delete the archive.");
            }
        }
        long old = damaged.stream()
                .filter(archive -> backups.indexOf(archive) >= RECENT)
                .count();
        if (old > 0) {
            remarks.add(Sizes.count(old, "older archives") + (old == 1 ? " is" : " are")
                    + " damaged. ngbak list shows which.");
        }
    }

    private void shrunk(DataLoss found) {
        List<DataLoss.Count> counts = found.counts().stream()
                .sorted(Comparator.comparingInt(count -> count.name().indexOf('.') < 0 ? 0 : 1))
                .toList();
        String shown = String.join(
                ", ",
                counts.stream().limit(SHOWN_COUNTS).map(HealthJudgement::change).toList());
        int more = counts.size() - SHOWN_COUNTS;
        risks.add("The newest backup has much less data than "
                + found.before().id() + ": " + shown
                + (more > 0 ? " and " + Sizes.count(more, "more counts") : "")
                + ". Find out whether data was lost. If the new counts are right, run ngbak acknowledge "
                + found.now().id() + ".");
    }

    private static String change(DataLoss.Count count) {
        long percent = Math.round(100.0 * (count.before() - count.now()) / count.before());
        return String.format(
                Locale.ROOT, "%s %,d before, %,d now (−%d %%)", count.name(), count.before(), count.now(), percent);
    }

    /** Looks at the members of the list, which say what is known about an archive without reading it. */
    private void newest(ArchiveInfo archive) {
        JsonNode listed = Json.listed(archive);
        long errors = listed.path("check").path("errors").asLong();
        if (errors > 0) {
            risks.add("The reference check of the newest backup, " + archive.id() + ", found "
                    + Sizes.count(errors, "errors") + ". Run ngbak check " + archive.id() + ".");
        }
        if (listed.path("signature").asText().equals("untrusted")) {
            risks.add("The signature of the newest backup, " + archive.id() + ", is not trusted, so a restore refuses"
                    + " it. Find out who made it, and check BACKUP_TRUSTED_KEYS_FILE.");
        }
    }

    private void drill() {
        Optional<ArchiveInfo> last = good.stream()
                .filter(archive -> !archive.marks().drills().isEmpty())
                .max(Comparator.comparing(archive -> drill(archive).at()));
        last.filter(archive -> !drill(archive).passed())
                .ifPresent(archive -> risks.add("The last restore drill failed, of the archive " + archive.id()
                        + ". Read its evidence, and run ngbak drill latest."));
        boolean recent = good.stream()
                .flatMap(archive -> archive.marks().drills().stream())
                .anyMatch(drill -> drill.passed() && since(drill.at()).compareTo(DRILL_EVERY) <= 0);
        if (!recent && !good.isEmpty()) {
            remarks.add("No restore drill has passed in the last " + DRILL_EVERY.toDays()
                    + " days. Run ngbak drill latest.");
        }
    }

    private static DrillOutcome drill(ArchiveInfo archive) {
        return archive.marks().drills().get(0);
    }

    private void space() {
        long free = facts.freeBytes().orElse(Long.MAX_VALUE);
        long size = good.isEmpty() ? 0 : good.get(0).size();
        if (free / 2 < size) {
            risks.add("Only " + Sizes.of(free) + " is free for archives, and the last backup has " + Sizes.of(size)
                    + ". There is no room for another backup and a safety archive. Free some space, or keep fewer"
                    + " archives (BACKUP_KEEP).");
        }
    }

    private Duration since(Instant time) {
        return Duration.between(time, facts.now());
    }

    /** Returns why an archive cannot be relied on, as a sentence. */
    private static Optional<String> damage(ArchiveInfo archive) {
        if (archive.unreadable() != null) {
            return Optional.of(sentences(archive.unreadable(), null));
        }
        return Optional.ofNullable(archive.verification())
                .filter(verification -> !verification.ok())
                .map(verification -> sentences(verification.problem(), null));
    }

    private static String sentences(String problem, String remedy) {
        return sentence(problem) + (remedy == null || remedy.isBlank() ? "" : " " + sentence(remedy));
    }

    private static String sentence(String text) {
        return text == null ? "The cause is not known." : text.endsWith(".") ? text : text + ".";
    }

    private static String text(Duration duration) {
        long minutes = Math.max(0, duration.toMinutes());
        if (minutes < 120) {
            return Sizes.count(minutes, "minutes");
        }
        return duration.toHours() < 48
                ? Sizes.count(duration.toHours(), "hours")
                : Sizes.count(duration.toDays(), "days");
    }
}
