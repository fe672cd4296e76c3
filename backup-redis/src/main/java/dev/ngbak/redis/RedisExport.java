package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Lookup;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import redis.clients.jedis.Protocol.Command;

/** Reads the keys in scope. */
final class RedisExport implements ExportSession {

    private static final int NAMED = 5;

    /** How many keys are looked at to find some that lie beside the scope. */
    private static final long LOOKED_AT = 100_000;

    private final RedisSettings settings;
    private final RedisLink link;
    private final Map<String, String> info;
    private int rdbVersion;

    private RedisExport(RedisSettings settings, RedisLink link) {
        this.settings = settings;
        this.link = link;
        this.info = link.info();
    }

    static RedisExport open(RedisSettings settings) {
        return on(settings, RedisLink.open(settings));
    }

    /** A session on a link that is its own from now on. */
    static RedisExport on(RedisSettings settings, RedisLink link) {
        try {
            return new RedisExport(settings, link);
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    @Override
    public StoreInfo info() {
        return RedisInfo.of(info, settings, rdbVersion);
    }

    @Override
    public StoreCounts counts() throws IOException {
        Tally tally = new Tally(false);
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyWalk walk = new KeyWalk(names, KeyWalk.LAST);
            while (walk.next()) {
                tally.count(walk.rest());
            }
        }
        return tally.counts();
    }

    /** The API of nano-graphrag keeps its jobs beside the data from its first day, so they do not speak against an empty scope. */
    @Override
    public BackupException scopeProblem() throws IOException {
        if (settings.whole() || (Long) link.call(Command.DBSIZE) == 0) {
            return null;
        }
        KeyScan scan = new KeyScan(link, settings);
        boolean[] found = {false};
        scan.each(settings.prefixBytes(), keys -> {
            found[0] = true;
            return false;
        });
        if (found[0]) {
            return null;
        }
        Set<String> others = new LinkedHashSet<>();
        scan.each(new byte[0], keys -> {
            for (byte[] key : keys) {
                String name = RedisLink.text(key);
                int colon = name.indexOf(':');
                if (!name.startsWith("job:") && others.size() < NAMED) {
                    others.add(
                            colon < 0
                                    ? "keys without a colon"
                                    : RedisFailures.shown(name.substring(0, colon + 1)) + "…");
                }
            }
            return others.size() < NAMED;
        });
        return others.isEmpty()
                ? null
                : new BackupException(
                        Kind.INVALID,
                        settings.shown() + ", database " + settings.database() + ", has no key that begins with \""
                                + RedisFailures.shown(settings.prefix()) + "\", but " + String.join(", ", others),
                        "Set " + RedisSettings.PREFIX + " to what the keys of nano-graphrag begin with (* for the whole"
                                + " database), or correct the database in " + RedisSettings.URL);
    }

    /**
     * Finds out whether the prefix goes on to where a namespace of a system begins, as {@code full_docs:} does, and whether
     * keys of its other namespaces are there. Only so many keys are looked at.
     */
    @Override
    public List<String> outsideScope(Set<String> namespaces) throws IOException {
        if (settings.whole()) {
            return List.of();
        }
        Set<String> found = new TreeSet<>();
        for (String system : systems(settings.prefix(), namespaces)) {
            byte[] begin = system.getBytes(StandardCharsets.UTF_8);
            new KeyScan(link, settings).each(begin, LOOKED_AT, keys -> {
                for (byte[] key : keys) {
                    String name = RedisLink.text(key);
                    int colon = name.indexOf(':', system.length());
                    if (colon >= 0
                            && !name.startsWith(settings.prefix())
                            && namespaces.contains(name.substring(system.length(), colon))) {
                        found.add(name.substring(0, colon + 1));
                    }
                }
                return true;
            });
        }
        return found.isEmpty()
                ? List.of()
                : List.of("Only keys that begin with \"" + RedisFailures.shown(settings.prefix())
                        + "\" are backed up. Keys of the same system that begin with "
                        + found.stream()
                                .map(begin -> "\"" + RedisFailures.shown(begin) + "\"")
                                .collect(Collectors.joining(", "))
                        + " ARE LEFT OUT. Set " + RedisSettings.PREFIX
                        + " to what all of them begin with, or to * for the whole database.");
    }

    /** What the keys of a system begin with, of which a prefix covers only a part: with which of its namespaces it ends. */
    private static Set<String> systems(String prefix, Set<String> namespaces) {
        Set<String> systems = new TreeSet<>();
        for (int at = 0; at < prefix.length(); at++) {
            String end = prefix.substring(at);
            if (namespaces.stream().anyMatch(name -> (name + ":").startsWith(end) || end.startsWith(name + ":"))) {
                systems.add(prefix.substring(0, at));
            }
        }
        return systems;
    }

    /** Counters of the whole server: they move with every write anywhere in it, and with an eviction. */
    @Override
    public ChangeMarker marker() {
        Map<String, String> now = link.info();
        if (!now.containsKey("run_id") || !now.containsKey("rdb_changes_since_last_save")) {
            return ChangeMarker.UNKNOWN;
        }
        StringBuilder value = new StringBuilder();
        for (String member : new String[] {
            "run_id",
            "rdb_changes_since_last_save",
            "rdb_last_save_time",
            "rdb_saves",
            "total_forks",
            "evicted_keys",
            "loading",
            "async_loading",
            "role",
            "slave_repl_offset"
        }) {
            value.append(now.getOrDefault(member, "")).append(' ');
        }
        return new ChangeMarker(value.toString());
    }

    @Override
    public StoreSummary export(EntrySink sink, Progress progress) throws IOException {
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyReader keys = reader(names, true, progress);
            Tally tally = new Tally(keys.absolute());
            new NamespaceFiles(keys, sink, settings.scratch(), tally).write();
            rdbVersion = keys.rdbVersion();
            return summary(tally, keys);
        }
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyReader keys = reader(names, false, progress);
            Tally tally = new Tally(keys.absolute());
            while (keys.next()) {
                tally.add(keys.rest(), keys.value());
            }
            return summary(tally, keys);
        }
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyReader keys = reader(names, false, progress);
            while (keys.next()) {
                Shown.one(keys.rest(), keys.value(), visitor);
            }
        }
        return true;
    }

    @Override
    public Lookup lookup() {
        return new Shown(settings, link);
    }

    private KeyReader reader(Spill names, boolean dumps, Progress progress) throws IOException {
        Meter meter = new Meter(progress, "keys", link::check);
        meter.expect(names.count());
        return new KeyReader(link, settings, new KeyWalk(names, KeyWalk.LAST), dumps, meter);
    }

    private static StoreSummary summary(Tally tally, KeyReader keys) {
        if (keys.gone() > 0) {
            tally.warn(keys.gone()
                    + " keys expired or were deleted while they were being read, and are not in the backup.");
        }
        StoreSummary summary = tally.summary();
        if (summary.contentDigest() == null) {
            tally.warn("Redis before 7.0 does not tell the time at which a key expires, only how long it has left; keys"
                    + " that expire are exact to a few milliseconds, and there is no content digest.");
        }
        return tally.summary();
    }

    @Override
    public void abort() {
        link.abort();
    }

    @Override
    public void close() {
        link.close();
    }
}
