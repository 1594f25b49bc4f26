using System.Management.Automation;
using AzImageTools.Disks.Items;
using CsCheck;

namespace AzImageTools.Tests;

public sealed class WildcardTests
{
    /// <summary>What PowerShell refuses as a pattern stands for itself here: a guest's file may be called so. It takes "`" alone for nothing.</summary>
    [Fact]
    public void A_pattern_matches_what_it_matches_in_PowerShell()
        => Gen.Select(Gen.Char["abc*?[]`"].Array[0, 8], Gen.Char["abc[]*`"].Array[0, 5]).Where(static (letters, _) => letters is not ['`']).Sample(
            (letters, characters) =>
            {
                string pattern = new(letters);
                string name = new(characters);
                bool expected;
                try
                {
                    expected = WildcardPattern.Get(pattern, WildcardOptions.CultureInvariant).IsMatch(name);
                }
                catch (WildcardPatternException)
                {
                    return;
                }

                Assert.True(expected == new Wildcard(pattern, ignoresCase: false).Matches(name), $"'{pattern}' matches '{name}' in PowerShell: {expected}");
            },
            iter: 20_000);
}
