using AzImageTools.Services.Sources;
using CsCheck;

namespace AzImageTools.Services.Tests.Sources;

public sealed class SearchQueryTests
{
    private static readonly Gen<string> Word = Gen.Char["abz019"].Array[1, 6].Select(static letters => new string(letters));
    private static readonly Gen<string[]> Words = Word.Array[1, 4];

    [Theory]
    [InlineData("ubuntu 24.04", "ubuntu-24_04-lts", true)]
    [InlineData("UBUNTU 24.04", "0001-com-ubuntu-server-jammy", false)]
    [InlineData("ubuntu2404", "ubuntu-24_04-lts", true)]
    [InlineData("sql", "sql2022-ws2022", true)]
    [InlineData("sql 2022", "sql2022-ws2022", true)]
    [InlineData("server sql", "MicrosoftSQLServer", true)]
    [InlineData("lts ubuntu", "ubuntu-24_04-lts", true)]
    [InlineData("debian", "ubuntu-24_04-lts", false)]
    [InlineData("", "anything", true)]
    [InlineData("--- ..", "anything", true)]
    public void Each_word_has_to_be_somewhere(string query, string name, bool isFound) => Assert.Equal(isFound, new SearchQuery(query).Rank((name, 1)) is not null);

    [Fact]
    public void A_whole_word_is_better_than_the_begin_of_one_and_that_than_its_middle()
    {
        SearchQuery query = new("sql");
        double?[] ranks = [query.Rank(("windows-sql-2022", 1)), query.Rank(("sqldev", 1)), query.Rank(("mysql", 1)), query.Rank(("windows", 1))];
        Assert.Equal(ranks.OrderByDescending(static rank => rank ?? -1), ranks);
        Assert.Equal(4, ranks.Distinct().Count());
    }

    [Fact]
    public void The_order_of_words_their_case_and_what_is_between_them_do_not_matter()
        => Gen.Select(Words, Words, Gen.Char["-_. "]).Sample((words, name, between) =>
        {
            string names = string.Join(between.ToString(), name);
            double? rank = new SearchQuery(string.Join(" ", words)).Rank((names, 1));
            Assert.Equal(rank, new SearchQuery(string.Join("  ", words.Reverse()).ToUpperInvariant()).Rank((string.Join("-", name).ToUpperInvariant(), 1)));
        }, iter: 3000);

    [Fact]
    public void More_words_find_no_more()
        => Gen.Select(Words, Word, Words).Sample((words, further, name) =>
        {
            (string, double) names = (string.Join("-", name), 1);
            bool isFoundWithMore = new SearchQuery(string.Join(" ", [.. words, further])).Rank(names) is not null;
            Assert.True(!isFoundWithMore || new SearchQuery(string.Join(" ", words)).Rank(names) is not null);
        }, iter: 3000);

    [Fact]
    public void What_is_looked_for_as_it_is_written_is_found()
        => Words.Sample(words => Assert.NotNull(new SearchQuery(string.Join(".", words)).Rank(("other", 1), (string.Join("_", words), 1))), iter: 3000);
}
