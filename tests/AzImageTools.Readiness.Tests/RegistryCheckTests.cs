using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness.Tests;

public sealed class RegistryCheckTests
{
    private const string Key = WindowsKeys.RdpPolicy;
    private const string Name = "fDenyTSConnections";

    public static TheoryData<object?, bool, bool> Data => new()
    {
        { 0u, true, true },
        { 1u, false, false },
        { null, false, true },
        { 0ul, false, false },
        { "0", false, false },
        { new[] { "0" }, false, false },
        { new byte[] { 0, 0, 0, 0 }, false, false },
        { Array.Empty<byte>(), false, false },
        { string.Empty, false, false },
    };

    [Theory]
    [MemberData(nameof(Data))]
    public void A_number_is_taken_from_a_DWORD_alone_and_only_a_missing_value_is_absent(object? data, bool isNumber, bool isNumberOrAbsent)
    {
        MemoryGuest guest = data is null ? MemoryGuest.Ready() : MemoryGuest.Ready().With(Key, Name, data);
        RuleContext context = new(guest, new ReadinessOptions(), GeneralizationState.NotGeneralized);
        Assert.Equal(data, guest.GetValue(Key, Name));

        Assert.Equal(isNumber, Passes(RegistryCheck.Dword(FindingSeverity.Blocker, Key, Name, 0), context));
        Assert.Equal(isNumberOrAbsent, Passes(RegistryCheck.DwordOrAbsent(FindingSeverity.Blocker, Key, Name, 0), context));
    }

    private static bool Passes(RuleCheck check, RuleContext context) => RuleOutcome.From(check, context).Result == FindingResult.Pass;
}
