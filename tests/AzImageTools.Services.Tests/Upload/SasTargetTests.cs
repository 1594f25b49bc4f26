using System.Net;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Services.Tests.Upload;

public sealed class SasTargetTests
{
    private const string Sas = "https://acct.blob.core.windows.net/vhds/web%2001.vhd?sv=2026-06-06&sp=racw&sig=pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M%3D";

    [Theory]
    [InlineData(Sas, "https://acct.blob.core.windows.net/vhds/web%2001.vhd")]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/c/d.vhd?sig=x", "http://127.0.0.1:10000/devstoreaccount1/c/d.vhd")]
    public void An_address_with_a_signature_is_taken_and_shown_without(string sas, string shown)
    {
        SasTarget target = new(sas);

        Assert.Equal(shown, target.Uri.AbsoluteUri);
        Assert.Equal(shown, target.ToString());
        Assert.Equal(sas, target.Address.OriginalString);
    }

    [Fact]
    public void It_may_come_as_a_secure_string()
        => Assert.Equal(Sas, new SasTarget(new NetworkCredential(string.Empty, Sas).SecurePassword).Address.OriginalString);

    [Theory]
    [InlineData("not an address")]
    [InlineData("file:///c/d.vhd?sig=secret12345")]
    [InlineData("https://acct.blob.core.windows.net/vhds/d.vhd")]
    [InlineData("http://acct.blob.core.windows.net/vhds/d.vhd?sig=secret12345")]
    [InlineData("https://acct.blob.core.windows.net/vhds?sig=secret12345")]
    [InlineData("https://user:secret12345@acct.blob.core.windows.net/vhds/d.vhd?sig=x")]
    [InlineData("https://secret12345@acct.blob.core.windows.net/vhds/d.vhd?sig=x")]
    public void What_can_not_be_used_is_refused_without_being_repeated(string sas)
    {
        ImageServiceException error = Assert.Throws<ImageServiceException>(() => new SasTarget(sas));

        Assert.Equal("InvalidSasUri", error.ErrorId);
        Assert.DoesNotContain("secret12345", error.ToString());
    }
}
