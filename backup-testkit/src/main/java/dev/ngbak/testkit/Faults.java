package dev.ngbak.testkit;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ChangeMarker;
import dev.ngbak.spi.EntrySink;
import dev.ngbak.spi.EntrySource;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.Progress;
import dev.ngbak.spi.RecordHandler;
import dev.ngbak.spi.RestoreSession;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import dev.ngbak.spi.StoreCounts;
import dev.ngbak.spi.StoreInfo;
import dev.ngbak.spi.StoredRecord;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * Wrappers that make a plugin or its environment fail: streams and calls that throw, hang, end early or lie. A place is an
 * offset in bytes over all files.
 */
public final class Faults {

    private Faults() {}

    /** An action at a place in a stream. */
    @FunctionalInterface
    public interface Trap {

        void spring() throws IOException;

        /** Throws an exception. */
        static Trap failing(IOException failure) {
            return () -> {
                throw failure;
            };
        }

        /** Waits for the gate, then continues normally. */
        static Trap hanging(Gate gate) {
            return gate::pass;
        }
    }

    /** Returns a sink in which the trap springs before the byte at a place is written. */
    public static EntrySink sink(EntrySink real, long place, Trap trap) {
        AtomicLong written = new AtomicLong();
        return (name, suffix, contents) -> real.put(
                name,
                suffix,
                out -> contents.writeTo(new FilterOutputStream(out) {
                    @Override
                    public void write(int b) throws IOException {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        long before = written.getAndAdd(length);
                        if (before <= place && before + length > place) {
                            trap.spring();
                        }
                        out.write(bytes, offset, length);
                    }
                }));
    }

    /** Returns a source in which the trap springs before the byte at a place is read. */
    public static EntrySource source(EntrySource real, long place, Trap trap) {
        return altered(real, (bytes, offset, length, before) -> {
            if (before <= place && before + length > place) {
                trap.spring();
            }
            return length;
        });
    }

    /** Returns a source that is truncated at a place, and that reports it after the visit as an archive does. */
    public static EntrySource cut(EntrySource real, long place) {
        EntrySource cut =
                altered(real, (bytes, offset, length, before) -> (int) Math.max(-1, Math.min(length, place - before)));
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return cut.archived();
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                AtomicLong passed = new AtomicLong();
                cut.forEach((entry, content) -> {
                    visitor.visit(entry, content);
                    if (passed.addAndGet(entry.size()) > place) {
                        throw new BackupException(Kind.CORRUPT, entry.path() + " is truncated", "");
                    }
                });
            }
        };
    }

    /** Returns a source in which the lowest bit of the byte at a place is flipped, with matching checksums. */
    public static EntrySource flipped(EntrySource real, long place) {
        return altered(real, (bytes, offset, length, before) -> {
            if (before <= place && before + length > place) {
                bytes[offset + (int) (place - before)] ^= 1;
            }
            return length;
        });
    }

    @FunctionalInterface
    private interface Alteration {
        /** Changes the bytes that were read. Returns the number of bytes to pass on; zero or less ends the stream. */
        int apply(byte[] bytes, int offset, int length, long before) throws IOException;
    }

    private static EntrySource altered(EntrySource real, Alteration alteration) {
        return new EntrySource() {
            @Override
            public StoreInfo archived() {
                return real.archived();
            }

            @Override
            public void forEach(Visitor visitor) throws IOException {
                AtomicLong total = new AtomicLong();
                real.forEach((entry, content) -> visitor.visit(entry, new FilterInputStream(content) {
                    @Override
                    public int read() throws IOException {
                        byte[] one = new byte[1];
                        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                    }

                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        int n = in.read(bytes, offset, length);
                        if (n <= 0) {
                            return n;
                        }
                        int handed = alteration.apply(bytes, offset, n, total.getAndAdd(n));
                        return handed > 0 ? handed : -1;
                    }
                }));
            }
        };
    }

    /** Returns a progress that is cancelled at its n-th step, counted from 1. */
    public static Progress cancelledAt(int step) {
        AtomicInteger steps = new AtomicInteger();
        return new Progress() {
            @Override
            public void expect(long total, String unit) {}

            @Override
            public void advance(long amount) {
                if (steps.incrementAndGet() == step) {
                    throw new CancellationException("cancelled at step " + step);
                }
            }
        };
    }

    /** Returns a handler in which the trap springs before the n-th call of {@code add}, counted from 1. */
    public static RecordHandler handler(RecordHandler real, int place, Trap trap) {
        AtomicInteger records = new AtomicInteger();
        return new ForwardingRecordHandler(real) {
            @Override
            public void add(StoredRecord record) throws IOException {
                if (records.incrementAndGet() == place) {
                    trap.spring();
                }
                super.add(record);
            }
        };
    }

    /** Returns an exporter with wrapped sessions. */
    public static StorageExporter exporter(StorageExporter real, UnaryOperator<ExportSession> wrapper) {
        return new StorageExporter() {
            @Override
            public Role role() {
                return real.role();
            }

            @Override
            public String backend() {
                return real.backend();
            }

            @Override
            public ExportSession open(Settings settings) {
                return wrapper.apply(real.open(settings));
            }
        };
    }

    /** Returns a restorer with wrapped sessions. */
    public static StorageRestorer restorer(StorageRestorer real, UnaryOperator<RestoreSession> wrapper) {
        return new StorageRestorer() {
            @Override
            public Role role() {
                return real.role();
            }

            @Override
            public String backend() {
                return real.backend();
            }

            @Override
            public void read(EntrySource source, Settings settings, RecordHandler records, Progress progress)
                    throws IOException {
                real.read(source, settings, records, progress);
            }

            @Override
            public boolean isRewritten(StoreInfo archived, Rewriting rewriting) {
                return real.isRewritten(archived, rewriting);
            }

            @Override
            public StoreInfo rewrite(
                    EntrySource source, Rewriting rewriting, EntrySink sink, RecordHandler written, Progress progress)
                    throws IOException {
                return real.rewrite(source, rewriting, sink, written, progress);
            }

            @Override
            public String target(Settings settings) {
                return real.target(settings);
            }

            @Override
            public TargetSign announce(Settings settings) {
                return real.announce(settings);
            }

            @Override
            public List<String> adviceAfterRestore(Settings settings) {
                return real.adviceAfterRestore(settings);
            }

            @Override
            public RestoreSession open(Settings settings) {
                return wrapper.apply(real.open(settings));
            }
        };
    }

    /** Returns a session whose n-th call fails, counted from 1 without {@code abort} and {@code close}. */
    public static ExportSession failing(ExportSession real, int call, RuntimeException failure) {
        AtomicInteger calls = new AtomicInteger();
        Runnable count = () -> {
            if (calls.incrementAndGet() == call) {
                throw failure;
            }
        };
        return new ForwardingExportSession(real) {
            @Override
            public StoreInfo info() {
                count.run();
                return super.info();
            }

            @Override
            public StoreCounts counts() throws IOException {
                count.run();
                return super.counts();
            }

            @Override
            public ChangeMarker marker() throws IOException {
                count.run();
                return super.marker();
            }

            @Override
            public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
                count.run();
                super.export(sink, records, progress);
            }

            @Override
            public void read(RecordHandler records, Progress progress) throws IOException {
                count.run();
                super.read(records, progress);
            }
        };
    }

    /** Returns a session whose n-th call fails, counted from 1 without {@code abort} and {@code close}. */
    public static RestoreSession failing(RestoreSession real, int call, RuntimeException failure) {
        AtomicInteger calls = new AtomicInteger();
        Runnable count = () -> {
            if (calls.incrementAndGet() == call) {
                throw failure;
            }
        };
        return new ForwardingRestoreSession(real) {
            @Override
            public StoreInfo info() {
                count.run();
                return super.info();
            }

            @Override
            public List<BackupException> problems(StoreInfo archived, long bytes) throws IOException {
                count.run();
                return super.problems(archived, bytes);
            }

            @Override
            public List<BackupException> problems(StoreInfo archived, long records, long bytes) throws IOException {
                count.run();
                return super.problems(archived, records, bytes);
            }

            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                count.run();
                super.restore(source, records, progress);
            }
        };
    }

    /** Returns a session whose export hangs until it is aborted. */
    public static ExportSession hanging(ExportSession real, Gate gate) {
        return new ForwardingExportSession(real) {
            @Override
            public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
                gate.pass();
                super.export(sink, records, progress);
            }

            @Override
            public void abort() {
                super.abort();
                gate.open();
            }
        };
    }

    /** Returns a session whose restore hangs until it is aborted. */
    public static RestoreSession hanging(RestoreSession real, Gate gate) {
        return new ForwardingRestoreSession(real) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                gate.pass();
                super.restore(source, records, progress);
            }

            @Override
            public void abort() {
                super.abort();
                gate.open();
            }
        };
    }

    /** Returns a session that reports different records from those it exports. */
    public static ExportSession lying(ExportSession real, UnaryOperator<RecordHandler> lie) {
        return new ForwardingExportSession(real) {
            @Override
            public void export(EntrySink sink, RecordHandler records, Progress progress) throws IOException {
                super.export(sink, lie.apply(records), progress);
            }
        };
    }

    /** Returns a session that hands over other records than it restores. */
    public static RestoreSession lying(RestoreSession real, UnaryOperator<RecordHandler> lie) {
        return new ForwardingRestoreSession(real) {
            @Override
            public void restore(EntrySource source, RecordHandler records, Progress progress) throws IOException {
                super.restore(source, lie.apply(records), progress);
            }
        };
    }
}
