package com.example;

import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.BackupRequest;
import dev.ngbak.repository.ArchiveInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Service;

/** An application with a GraphRAG system. */
@SpringBootApplication
public class GraphRagApplication {

    public static void main(String[] args) {
        SpringApplication.run(GraphRagApplication.class, args);
    }

    /** Backs the system up before a risky operation, and restores it if the operation fails. */
    @Service
    public static class Reindexer {

        private static final Logger LOG = LoggerFactory.getLogger(Reindexer.class);

        private final BackupManager backups;

        Reindexer(BackupManager backups) {
            this.backups = backups;
        }

        public void run(Runnable operation) {
            ArchiveInfo before = backups.create(BackupRequest.builder()
                    .note("before re-index")
                    .listener(event -> LOG.info("{}", event))
                    .build());
            try {
                operation.run();
            } catch (RuntimeException e) {
                backups.restore(before.id());
                throw e;
            }
        }
    }
}
