package dev.ngbak.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class CompatibilityTableTest {

    private static final String PAGE = """
            # Compatibility
            <!-- begin db -->
            <!-- end db -->
            The end.
            """;

    @TempDir
    Path folder;

    private Path page;

    @BeforeEach
    void write() throws IOException {
        page = Files.writeString(folder.resolve("page.md"), PAGE);
    }

    @AfterEach
    void compare() {
        System.clearProperty(CompatibilityTable.UPDATE);
    }

    private CompatibilityTable table() {
        return new CompatibilityTable("db", List.of("A 1", "B 2"));
    }

    private void update(CompatibilityTable table) throws IOException {
        System.setProperty(CompatibilityTable.UPDATE, "true");
        table.check(page);
        System.clearProperty(CompatibilityTable.UPDATE);
    }

    @Test
    void updateWritesTheTableBetweenTheComments() throws IOException {
        CompatibilityTable table = table();
        table.server("A 1", "1.5");
        table.cell("A 1", "A 1", "exact");
        update(table);

        assertThat(page).hasContent("""
                        # Compatibility
                        <!-- begin db -->

                        | Backup of | to A 1 | to B 2 | Tested version |
                        |---|---|---|---|
                        | A 1 | exact | not tested | 1.5 |
                        | B 2 | not tested | not tested |  |

                        <!-- end db -->
                        The end.
                        """);
    }

    @Test
    void updateKeepsTheCellsThatTheRunDoesNotKnow() throws IOException {
        CompatibilityTable first = table();
        first.server("A 1", "1.5");
        first.cell("A 1", "B 2", "refused");
        update(first);
        CompatibilityTable second = table();
        second.cell("B 2", "A 1", "exact");
        update(second);

        first.check(page);
        second.check(page);
        assertThat(page).content().contains("| A 1 | not tested | refused | 1.5 |");
    }

    @Test
    void cellThatDiffersFromThePageFails() throws IOException {
        CompatibilityTable table = table();
        table.cell("A 1", "B 2", "exact");
        update(table);
        CompatibilityTable other = table();
        other.cell("A 1", "B 2", "refused");

        table.check(page);
        assertThatThrownBy(() -> other.check(page))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("A 1 to B 2: refused, but the page says exact");
    }

    @Test
    void serverOutsideTheTableIsRefused() {
        assertThatThrownBy(() -> table().cell("A 1", "C 3", "exact")).isInstanceOf(IllegalArgumentException.class);
    }
}
