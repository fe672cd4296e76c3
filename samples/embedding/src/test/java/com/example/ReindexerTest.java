package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ngbak.testkit.GraphRagState;
import dev.ngbak.testkit.RestoredState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Each test starts with the state in {@code before.ngbak}: one document. */
class ReindexerTest {

    @Test
    @GraphRagState("before.ngbak")
    void failedOperationIsUndone(RestoredState state) throws IOException {
        Path documents = state.workingDir().resolve("kv_store_full_docs.json");
        String before = Files.readString(documents);
        assertTrue(before.contains("doc-1"));

        assertThrows(IllegalStateException.class, () -> new Reindexer(state.backups()).run(() -> {
            try {
                Files.writeString(documents, "{}");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            throw new IllegalStateException("the language model does not answer");
        }));

        assertEquals(before, Files.readString(documents));
    }
}
