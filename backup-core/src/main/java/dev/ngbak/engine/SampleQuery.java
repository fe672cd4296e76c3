package dev.ngbak.engine;

import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Asks a restored system for a few entities that all three stores must know. Found by {@link ServiceLoader}; {@code
 * backup-check} contains the implementation. Without it, a restore is proved by counts and content digests alone.
 */
public interface SampleQuery {

    /**
     * What the stores answered.
     *
     * @param answers one for each entity that was found in all stores; empty if the question does not apply
     * @param warnings about entities that the archive lacks too, whole sentences
     * @param summary one whole sentence for the log
     */
    record Result(List<SampleAnswer> answers, List<String> warnings, String summary) {

        public Result {
            answers = List.copyOf(answers);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * Asks the live stores for entities of the archive.
     *
     * @throws BackupException if the stores lack part of an entity that the archive contains
     */
    Result ask(SystemRecords live, SystemRecords archived) throws IOException;
}
