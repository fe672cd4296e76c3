package dev.ngbak.engine;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.engine.RestorePlan.Content;
import dev.ngbak.engine.StateDifference.Group;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.ChangeMarker.Comparison;
import dev.ngbak.spi.ContentDigest;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreSummary;
import dev.ngbak.spi.support.RecordDigester;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Compares two states by the counts and content digests of their records. It holds a count and a digest for each group of
 * records, and no record.
 */
final class StateComparison {

    private static final String NO_RECORDS = new ContentDigest().text();

    private final EngineContext context;
    private final Job job;
    private final List<String> warnings = new ArrayList<>();

    StateComparison(EngineContext context, Job job) {
        this.context = context;
        this.job = job;
    }

    /**
     * One of the two states.
     *
     * @param archive {@code null} for the live stores
     */
    private record State(VerifiedArchive archive, Map<Role, StoreState> stores) {}

    /**
     * One store in one state.
     *
     * @param origin what the summary describes, for messages
     * @param digests the content digest of each group, {@code null} being the name of the rest; filled when it is needed
     */
    private record StoreState(String backend, String origin, StoreSummary summary, Map<String, String> digests) {

        /** Returns the state of a store that does not exist, which is that of an empty one. */
        static StoreState missing(String backend) {
            return new StoreState(
                    backend, "", new StoreSummary(0, StoreCounts.NONE, NO_RECORDS, List.of()), new HashMap<>());
        }

        /** Returns the number of records in a group, or {@code null} if it is not known. */
        Long count(String group) {
            Long count = summary.counts().counts().get(group);
            return count == null && summary.records() >= 0 ? Long.valueOf(0) : count;
        }
    }

    /** @param right an archive, or {@code null} for the live stores */
    StateDifference run(ReadableArchive left, ReadableArchive right) throws IOException {
        job.begin(Phase.CHECKING);
        State first = archived(left);
        State second = right == null ? live() : archived(right);
        Set<Role> roles = EnumSet.noneOf(Role.class);
        roles.addAll(first.stores().keySet());
        roles.addAll(second.stores().keySet());
        for (Role role : roles) {
            first.stores().computeIfAbsent(role, any -> missing(role, second));
            second.stores().computeIfAbsent(role, any -> missing(role, first));
        }
        digestGroups(first, second);
        digestGroups(second, first);
        Map<Role, StateDifference.Store> stores = new EnumMap<>(Role.class);
        roles.forEach(role -> stores.put(
                role, compare(first.stores().get(role), second.stores().get(role))));
        job.end();
        return new StateDifference(stores, warnings);
    }

    private static StoreState missing(Role role, State other) {
        return StoreState.missing(other.stores().get(role).backend());
    }

    /** Returns the counts and digests in the manifest of an archive, which were compared with its records. */
    private State archived(ReadableArchive readable) throws IOException {
        VerifiedArchive archive = context.verify(readable, job);
        warnings.addAll(archive.report().warnings());
        Map<Role, StoreState> stores = new EnumMap<>(Role.class);
        archive.manifest()
                .stores()
                .forEach((role, store) -> stores.put(
                        role,
                        new StoreState(
                                store.backend(),
                                "the form " + store.info().form() + " of "
                                        + store.info().product() + ", in which it is archived,",
                                store.summary(),
                                new HashMap<>())));
        return new State(archive, stores);
    }

    private State live() {
        Map<Role, StoreState> stores = new EnumMap<>(Role.class);
        Map<Role, ExportSession> sessions = context.stores().openExports(EnumSet.allOf(Role.class), job);
        try {
            sessions.forEach((role, session) -> stores.put(
                    role,
                    Errors.inStore(role, "the " + role.id() + " store was being read", () -> live(role, session))));
        } finally {
            StoreRegistry.close(sessions.values());
        }
        return new State(null, stores);
    }

    private StoreState live(Role role, ExportSession session) throws IOException {
        session.scopeProblem().ifPresent(problem -> warnings.add(problem.getMessage() + "."));
        ChangeMarker before = session.marker();
        RecordDigester records = RecordDigester.digesting();
        session.read(records, job.progress(role));
        if (before.until(session.marker()) == Comparison.CHANGED) {
            warnings.add("The live " + role.id()
                    + " store changed while it was read: the comparison may show a state that" + " never existed.");
        }
        return new StoreState(
                context.stores().backend(role),
                "the live " + session.info().product(),
                records.summary(),
                records.contentDigests());
    }

    /** Reads an archive again for the stores whose digests differ. If they are equal, so are those of their groups. */
    private void digestGroups(State state, State other) throws IOException {
        if (state.archive() == null) {
            return;
        }
        Set<Role> differing = EnumSet.noneOf(Role.class);
        state.archive().manifest().stores().keySet().forEach(role -> {
            StoreState one = state.stores().get(role);
            StoreState two = other.stores().get(role);
            if (obstacle(one, two) == null
                    && !one.summary().contentDigest().equals(two.summary().contentDigest())) {
                differing.add(role);
            }
        });
        if (!differing.isEmpty()) {
            state.archive().forEachStore(differing, job::checkCancelled, (role, source) -> {
                StoreState store = state.stores().get(role);
                RecordDigester records = RecordDigester.digesting();
                context.stores()
                        .restorer(role, store.backend())
                        .read(source, context.stores().settings(), records, job.progress(role));
                store.digests().putAll(records.contentDigests());
            });
        }
    }

    /** Returns why the contents of a store cannot be compared, or {@code null}. */
    private static String obstacle(StoreState left, StoreState right) {
        if (!left.backend().equals(right.backend())) {
            return "the states are of different backends, " + left.backend() + " and " + right.backend()
                    + ", which have different content digests";
        }
        for (StoreState store : List.of(left, right)) {
            if (store.summary().contentDigest() == null) {
                return store.origin() + " has no content digest";
            }
        }
        return null;
    }

    private static StateDifference.Store compare(StoreState left, StoreState right) {
        String obstacle = obstacle(left, right);
        boolean equal = obstacle == null
                && left.summary().contentDigest().equals(right.summary().contentDigest());
        Set<String> names = new LinkedHashSet<>(left.summary().counts().counts().keySet());
        names.addAll(right.summary().counts().counts().keySet());
        Map<String, Group> groups = new LinkedHashMap<>();
        boolean different = false;
        for (String name : names) {
            Long before = left.count(name);
            Long after = right.count(name);
            boolean counted = before != null && after != null && !before.equals(after);
            Content content = counted ? Content.DIFFERENT : content(obstacle, equal, left, right, name);
            groups.put(name, new Group(before, after, content));
            different |= content == Content.DIFFERENT;
        }
        if (left.digests().containsKey(null) || right.digests().containsKey(null)) {
            groups.put(StateDifference.REST, new Group(null, null, content(obstacle, equal, left, right, null)));
        }
        Content content = equal ? Content.EQUAL : different || obstacle == null ? Content.DIFFERENT : Content.UNKNOWN;
        return new StateDifference.Store(content, content == Content.EQUAL ? null : obstacle, groups);
    }

    private static Content content(String obstacle, boolean equal, StoreState left, StoreState right, String group) {
        if (equal) {
            return Content.EQUAL;
        }
        if (obstacle != null) {
            return Content.UNKNOWN;
        }
        return Objects.equals(
                        left.digests().getOrDefault(group, NO_RECORDS),
                        right.digests().getOrDefault(group, NO_RECORDS))
                ? Content.EQUAL
                : Content.DIFFERENT;
    }
}
