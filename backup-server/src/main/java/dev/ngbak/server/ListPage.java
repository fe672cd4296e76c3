package dev.ngbak.server;

import dev.ngbak.repository.ArchiveInfo;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The part of the list of archives that a request asks for.
 *
 * @param limit the maximum number of archives
 * @param before the id of an archive, or a time; only older archives are listed. {@code null} for all
 */
record ListPage(int limit, String before) {

    static final Set<String> PARAMETERS = Set.of("limit", "before");

    static ListPage of(QueryParameters query) {
        String limit = query.text("limit");
        if (limit != null && !limit.matches("[1-9]\\d{0,8}")) {
            throw QueryParameters.invalid("limit", "Use a number of at least 1");
        }
        return new ListPage(limit == null ? Integer.MAX_VALUE : Integer.parseInt(limit), query.text("before"));
    }

    /** @param archives all archives, newest first */
    List<ArchiveInfo> select(List<ArchiveInfo> archives) {
        List<ArchiveInfo> rest = before == null ? archives : older(archives);
        return rest.subList(0, Math.min(limit, rest.size()));
    }

    private List<ArchiveInfo> older(List<ArchiveInfo> archives) {
        for (int i = 0; i < archives.size(); i++) {
            if (archives.get(i).id().equals(before)) {
                return archives.subList(i + 1, archives.size());
            }
        }
        return archives.stream().filter(isBefore()).toList();
    }

    private Predicate<ArchiveInfo> isBefore() {
        try {
            Instant time = Instant.parse(before);
            return archive -> archive.createdAt().isBefore(time);
        } catch (DateTimeException e) {
            throw QueryParameters.invalid(
                    "before", "Use the id of a backup in the list, or a time such as 2025-10-06T14:30:00Z");
        }
    }
}
