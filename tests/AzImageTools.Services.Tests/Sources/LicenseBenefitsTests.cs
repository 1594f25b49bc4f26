using AzImageTools.Services.Sources;

namespace AzImageTools.Services.Tests.Sources;

public sealed class LicenseBenefitsTests
{
    [Theory]
    [InlineData("MicrosoftWindowsDesktop", "win11-23h2-ent", true)]
    [InlineData("microsoftwindowsdesktop", "win10-22h2-pro-g2", true)]
    [InlineData("MicrosoftVisualStudio", "vs-2022-ent-latest-win11-n-gen2", true)]
    [InlineData("MicrosoftVisualStudio", "vs-2022-comm-latest-ws2022", false)]
    [InlineData("MicrosoftWindowsServer", "2022-datacenter", false)]
    public void Windows_for_clients_takes_a_Visual_Studio_subscription(string publisher, string sku, bool expected)
        => Assert.Equal(expected ? "Visual Studio subscription" : null, LicenseBenefits.RequiredBy(publisher, "offer", sku));

    [Theory]
    [InlineData("MSDN_2014-09-01", true)]
    [InlineData("MSDNDevTest_2014-09-01", true)]
    [InlineData("PayAsYouGo_2014-09-01", false)]
    [InlineData(null, null)]
    public void The_subscription_s_offer_tells_whether_it_brings_the_benefit(string? quotaId, bool? expected)
        => Assert.Equal(expected, LicenseBenefits.IsBroughtBy(quotaId));
}
