package dev.ngbak.layout;

import dev.ngbak.layout.NeutralForm.Losses;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.RecordVisitor;
import dev.ngbak.spi.support.PythonJson;
import dev.ngbak.spi.support.RawJsonReader;
import dev.ngbak.spi.support.RawJsonReader.Dialect;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Values of entries in the {@link NeutralForm}. */
public final class NeutralValue {

    private NeutralValue() {}

    /**
     * Returns a value in the neutral spelling.
     *
     * @param value as {@link RecordVisitor#entry} receives it
     * @throws BackupException {@code INCOMPATIBLE} for a value that is not JSON, or too long
     */
    public static byte[] of(String namespace, String key, byte @Nullable [] value) throws IOException {
        String entry = NeutralForm.named("entry", namespace + ":" + key);
        if (value == null) {
            throw NeutralForm.refusal(
                    entry, "is not a text, or is longer than " + (RecordVisitor.MAX_LENGTH >> 20) + " MiB");
        }
        if (!RawJsonReader.isValue(value, Dialect.PYTHON, PythonJson.MAX_DEPTH)) {
            throw NeutralForm.refusal(entry, "has a value that is not JSON");
        }
        return PythonJson.ascii(value);
    }

    /** Returns a visitor that hands on entries without their expiry, which is lost. */
    public static RecordVisitor withoutExpiry(RecordVisitor neutral, Losses losses) {
        return new RecordVisitor() {
            @Override
            public void entry(String namespace, String key, byte[] value, long expires) throws IOException {
                if (expires != NEVER) {
                    losses.note(
                            "the expiry of entries is lost: files keep them until they are deleted",
                            namespace + ":" + key);
                }
                neutral.entry(namespace, key, value, NEVER);
            }
        };
    }
}
