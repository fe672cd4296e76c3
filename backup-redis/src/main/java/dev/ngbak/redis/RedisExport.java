package dev.ngbak.redis;

import dev.ngbak.redis.KeyScan.Depth;
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
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.Protocol.Command;

/** Reads the keys in scope. */
final class RedisExport implements ExportSession {

    private static final int NAMED = 5;

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
        try (Spill spill = new Spill(settings.scratch())) {
            new KeyScan(link, settings).run(spill, Depth.NAMES, new Meter(Progress.NONE, "keys", link::check));
            KeyWalk walk = new KeyWalk(spill, KeyWalk.LAST);
            while (walk.next()) {
                tally.count(walk.rest());
            }
        }
        return tally.counts();
    }

    /** The API of nano-graphrag keeps its jobs beside the data from its first day, so they do not speak against an empty scope. */
    @Override
    public BackupException mistaken() {
        KeyScan scan = new KeyScan(link, settings);
        if (settings.whole()
                || (Long) link.call(Command.DBSIZE) == 0
                || scan.any(settings.prefixBytes(), key -> true)) {
            return null;
        }
        Set<String> others = new LinkedHashSet<>();
        scan.any(new byte[0], key -> {
            String name = RedisLink.text(key);
            int colon = name.indexOf(':');
            if (!name.startsWith("job:")) {
                others.add(
                        colon < 0 ? "keys without a colon" : RedisFailures.shown(name.substring(0, colon + 1)) + "…");
            }
            return others.size() == NAMED;
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
        Meter meter = new Meter(progress, "keys", link::check);
        try (Spill spill = new Spill(settings.scratch())) {
            KeyScan scan = scan(spill, Depth.VALUES, meter);
            rdbVersion = scan.rdbVersion();
            Tally tally = new Tally(scan.absolute());
            new NamespaceFiles(new KeyWalk(spill, KeyWalk.LAST), sink, settings.scratch(), tally, meter).write();
            return summary(tally, scan);
        }
    }

    @Override
    public StoreSummary digest(Progress progress) throws IOException {
        try (Spill spill = new Spill(settings.scratch())) {
            KeyScan scan = scan(spill, Depth.CONTENTS, new Meter(progress, "keys", link::check));
            Tally tally = new Tally(scan.absolute());
            KeyWalk walk = new KeyWalk(spill, KeyWalk.LAST);
            while (walk.next()) {
                tally.add(walk.rest(), walk.value());
            }
            return summary(tally, scan);
        }
    }

    @Override
    public boolean visit(RecordVisitor visitor, Progress progress) throws IOException {
        try (Spill spill = new Spill(settings.scratch())) {
            scan(spill, Depth.VALUES, new Meter(progress, "keys", link::check));
            Shown.all(new KeyWalk(spill, KeyWalk.LAST), visitor);
        }
        return true;
    }

    @Override
    public Lookup lookup() {
        return new Shown(settings, link);
    }

    private KeyScan scan(Spill spill, Depth depth, Meter meter) throws IOException {
        meter.expect((Long) link.call(Command.DBSIZE));
        KeyScan scan = new KeyScan(link, settings);
        scan.run(spill, depth, meter);
        return scan;
    }

    private static StoreSummary summary(Tally tally, KeyScan scan) {
        if (scan.gone() > 0) {
            tally.warn(scan.gone()
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
