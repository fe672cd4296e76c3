package dev.ngbak.redis;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoreSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Makes the keys in scope equal to those of an archive. */
final class RedisRestore implements RestoreSession {

    private static final int BATCH_KEYS = 500;
    private static final long BATCH_BYTES = 4 << 20;

    private final RedisSettings settings;
    private final RedisLink link;
    private final byte[] prefix;
    private final Map<String, String> info;
    private Staged staged;

    private RedisRestore(RedisSettings settings, RedisLink link) {
        this.settings = settings;
        this.link = link;
        this.prefix = settings.prefixBytes();
        this.info = link.info();
    }

    static RedisRestore open(RedisSettings settings) {
        RedisLink link = RedisLink.open(settings);
        try {
            return new RedisRestore(settings, link);
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    @Override
    public StoreInfo info() {
        return RedisInfo.of(info, settings, 0);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
        return problems(archived, 0, bytes);
    }

    @Override
    public List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
        List<BackupException> problems = new ArrayList<>();
        BackupException unfit = Staged.objection(archived);
        if (unfit != null) {
            problems.add(unfit);
        }
        String theirs = archived.scope().getOrDefault(RedisSettings.PREFIX, settings.prefix());
        if (settings.whole() != theirs.equals(RedisSettings.WHOLE)) {
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive was made with " + RedisSettings.PREFIX + " \"" + RedisFailures.shown(theirs)
                            + "\", and it is \"" + RedisFailures.shown(settings.prefix()) + "\" now",
                    "A whole database and the keys of a prefix cannot take each other's place; set "
                            + RedisSettings.PREFIX + " as it was"));
        }
        checkDumps(archived.scope().get(RedisInfo.RDB_VERSION), problems);
        checkWriting(problems);
        if (bytes > 0) {
            BackupException lack = MemoryRoom.of(link, settings).lack(records, bytes);
            if (lack != null) {
                problems.add(lack);
            }
        }
        return problems;
    }

    @Override
    public List<String> warnings(StoreInfo archived, long records, long bytes) throws IOException {
        return bytes > 0 ? MemoryRoom.of(link, settings).warnings(records, bytes) : List.of();
    }

    /**
     * Asks the server to restore a payload of the archive's RDB version that no server can load. It looks at the version
     * first, so its error tells whether it reads that version, and nothing is written.
     */
    private void checkDumps(String archived, List<BackupException> problems) {
        if (archived == null) {
            return;
        }
        boolean known = archived.matches("\\d{1,5}") && Integer.parseInt(archived) <= 0xffff;
        Dump.Reads reads = Dump.Reads.NO;
        if (known) {
            link.send(Command.RESTORE, nobody(), RedisLink.bytes(0), Dump.unloadable(Integer.parseInt(archived)));
            Object reply = link.receiveAny();
            String said = reply instanceof JedisDataException e ? String.valueOf(e.getMessage()) : "";
            if (said.startsWith("NOPERM") || said.startsWith("ERR unknown command")) {
                problems.add(link.explain((JedisDataException) reply));
                return;
            }
            reads = Dump.Reads.of(said);
        }
        int theirs = reads == Dump.Reads.YES ? 0 : Dump.versionOf(link, info);
        if (reads == Dump.Reads.UNTOLD && Dump.isRead(Integer.parseInt(archived), theirs)) {
            reads = Dump.Reads.YES;
        }
        if (reads != Dump.Reads.YES) {
            StoreInfo server = info();
            problems.add(new BackupException(
                    Kind.INCOMPATIBLE,
                    "The archive has keys that are not strings, in RDB version " + RedisFailures.shown(archived)
                            + ", and "
                            + settings.shown() + " is " + server.product() + " " + server.version()
                            + ", which writes version " + theirs + " and does not read that one",
                    "Restore to a server of the archive's product, of its version or a newer one"
                            + " (Redis 7.4 or newer and Valkey 9 or newer do not read each other's)"));
        }
    }

    /** A key that nobody has, in scope. */
    private byte[] nobody() {
        return key(RedisLink.bytes("ngbak:" + UUID.randomUUID()));
    }

    /** Writes that write nothing: a SET that wants a key to be there that is not, and that key's expiry and removal. */
    private void checkWriting(List<BackupException> problems) {
        if ("slave".equals(info.get("role"))) {
            problems.add(RedisFailures.replica(settings.shown(), null));
            return;
        }
        byte[] nobody = nobody();
        link.send(Command.SET, nobody, new byte[0], RedisLink.bytes("XX"));
        link.send(Command.PEXPIREAT, nobody, RedisLink.bytes(0));
        link.send(Command.UNLINK, nobody);
        Object set = link.receiveAny();
        Object expire = link.receiveAny();
        Object unlink = link.receiveAny();
        // A memory that is full now may be emptied by what the restore removes; what is too much is said elsewhere.
        if (set instanceof JedisDataException e
                && !String.valueOf(e.getMessage()).startsWith("OOM")) {
            problems.add(link.explain(e));
        } else if (expire instanceof JedisDataException e) {
            problems.add(link.explain(e));
        } else if (unlink instanceof JedisDataException e) {
            problems.add(link.explain(e));
        }
    }

    @Override
    public StoreSummary restore(EntrySource source, Progress progress) throws IOException {
        List<BackupException> problems = problems(source.archived(), 0);
        if (!problems.isEmpty()) {
            BackupException first = problems.get(0);
            throw new BackupException(first.kind(), first.problem() + ". Nothing was changed", first.remedy());
        }
        Meter meter = new Meter(progress, "keys", link::check);
        link.check();
        unstage();
        try {
            return replace(source, meter);
        } catch (IOException | RuntimeException e) {
            // What was asked and not answered yet must not be taken for the answer to something else.
            link.close();
            throw e;
        }
    }

    private StoreSummary replace(EntrySource source, Meter meter) throws IOException {
        long evicted = MemoryRoom.number(link.info().get("evicted_keys"));
        long now = link.now();
        remove();
        Batch batch = new Batch();
        staged = Staged.of(source, false, settings.scratch(), (rest, value) -> write(rest, value, now, batch), meter);
        long lapsed = expire(now, batch);
        recount(evicted, lapsed);
        List<String> warnings = new ArrayList<>(staged.summary().warnings());
        long dropped = evictedSince(evicted);
        if (dropped > 0) {
            warnings.add(settings.shown() + " DROPPED " + dropped + " KEYS during the restore, since its memory limit"
                    + " (maxmemory) was reached. All keys of the archive are there, so the dropped ones are others of this"
                    + " server, which no archive of this scope holds. Raise maxmemory, and see what misses them.");
        }
        if (lapsed > 0) {
            warnings.add(lapsed + " keys of the archive expired before this restore, and were not written.");
        }
        StoreSummary summary = staged.summary();
        return new StoreSummary(summary.records(), summary.counts(), summary.contentDigest(), warnings);
    }

    private void remove() throws IOException {
        new KeyScan(link, settings).each(prefix, keys -> {
            link.call(Command.UNLINK, keys.toArray(new byte[0][]));
            return true;
        });
    }

    private void write(byte[] rest, KeyValue value, long now, Batch batch) {
        if (value.lapsed(now) || value.isExpiryAlone()) {
            return;
        }
        int size = value.value().length;
        if (value.isString()) {
            batch.send(size, Command.SET, key(rest), value.value());
        } else {
            batch.send(
                    size,
                    Command.RESTORE,
                    key(rest),
                    RedisLink.bytes(Math.max(0, value.expires())),
                    value.value(),
                    RedisLink.bytes("REPLACE"),
                    RedisLink.bytes("ABSTTL"));
        }
    }

    /**
     * Lets strings expire, whose expiry may have passed apart from them; a time that has been removes the key.
     *
     * @return how many keys are not there since they have expired
     */
    private long expire(long now, Batch batch) throws IOException {
        long lapsed = 0;
        KeyWalk walk = staged.walk();
        while (walk.next()) {
            KeyValue value = walk.value();
            lapsed += value.lapsed(now) ? 1 : 0;
            if (value.isString() && value.expires() != KeyValue.NEVER) {
                batch.send(0, Command.PEXPIREAT, key(walk.rest()), RedisLink.bytes(value.expires()));
            }
        }
        batch.end();
        return lapsed;
    }

    /** A server that is told to make room drops keys as it likes, and says only how many. */
    private void recount(long evictedBefore, long lapsedBefore) throws IOException {
        long found = 0;
        try (Spill names = new KeyScan(link, settings).names()) {
            KeyWalk walk = new KeyWalk(names, KeyWalk.LAST);
            while (walk.next()) {
                found++;
            }
        }
        if (found >= staged.summary().records() - lapsedBefore) {
            return;
        }
        long now = link.now();
        long wanted = 0;
        KeyWalk walk = staged.walk();
        while (walk.next()) {
            wanted += walk.value().lapsed(now) ? 0 : 1;
        }
        long evicted = evictedSince(evictedBefore);
        if (found < wanted && evicted > 0) {
            throw new BackupException(
                    Kind.NO_SPACE,
                    settings.shown() + " has dropped " + evicted + " keys during the restore, since its memory limit"
                            + " (maxmemory) was reached: " + found + " of " + wanted + " are there."
                            + (evicted > wanted - found
                                    ? " AT LEAST " + (evicted - (wanted - found)) + " OF THE DROPPED KEYS may be keys"
                                            + " out of scope, which ngbak does not hold and cannot put back"
                                    : " Keys out of scope may be among the dropped ones; ngbak cannot put those back"),
                    "Raise maxmemory on the server and run the restore again");
        }
        if (found < wanted) {
            throw new BackupException(
                    Kind.INCOMPATIBLE,
                    settings.shown() + " holds " + found + " of the " + wanted
                            + " keys that were written: somebody else removed the others meanwhile",
                    "Stop what writes to the database and run the restore again");
        }
    }

    private long evictedSince(long before) {
        return MemoryRoom.number(link.info().get("evicted_keys")) - before;
    }

    @Override
    public StoreSummary readBack(Progress progress) throws IOException {
        if (staged == null) {
            throw new IllegalStateException("nothing was restored in this session");
        }
        try (Spill names = new KeyScan(link, settings).names();
                Spill passing = new Spill(settings.scratch())) {
            KeyWalk walk = new KeyWalk(names, KeyWalk.LAST);
            KeyReader live = new KeyReader(link, settings, walk, false, new Meter(progress, "keys", link::check));
            Tally tally = new Tally(live.absolute());
            while (live.next()) {
                if (live.value().expires() == KeyValue.NEVER) {
                    tally.add(live.rest(), live.value());
                } else {
                    passing.add(KeyName.sortable(live.rest()), live.value().packed(false));
                }
            }
            long now = link.now();
            KeyWalk passed = new KeyWalk(passing, KeyWalk.LAST);
            while (passed.next()) {
                if (!passed.value().lapsed(now)) {
                    tally.add(passed.rest(), passed.value());
                }
            }
            KeyWalk archived = staged.walk();
            while (archived.next()) {
                if (archived.value().lapsed(now)) {
                    tally.add(archived.rest(), archived.value());
                }
            }
            return tally.summary();
        }
    }

    private byte[] key(byte[] rest) {
        return RedisLink.joined(prefix, rest);
    }

    @Override
    public void abort() {
        link.abort();
    }

    @Override
    public void close() {
        link.close();
        try {
            unstage();
        } catch (IOException e) {
            // A side table without a name goes with the process at the latest.
        }
    }

    private void unstage() throws IOException {
        if (staged != null) {
            staged.close();
            staged = null;
        }
    }

    /** Commands on their way: while the server does one batch, the next is sent, and no more than these two. */
    private final class Batch {
        private int earlier;
        private int commands;
        private long bytes;

        void send(int size, Command command, byte[]... arguments) {
            link.send(command, arguments);
            commands++;
            bytes += size;
            if (commands >= BATCH_KEYS || bytes >= BATCH_BYTES) {
                receive(earlier);
                earlier = commands;
                commands = 0;
                bytes = 0;
            }
        }

        void end() {
            receive(earlier + commands);
            earlier = 0;
            commands = 0;
            bytes = 0;
        }

        private void receive(int replies) {
            for (int i = 0; i < replies; i++) {
                link.receive();
            }
        }
    }
}
