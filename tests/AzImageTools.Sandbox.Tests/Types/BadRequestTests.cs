using System.Text;

namespace AzImageTools.Sandbox.Tests.Types;

public sealed class BadRequestTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public static TheoryData<BadRequest> Table => [.. BadRequestTable.Rows];

    public void Dispose() => _client.Dispose();

    [Theory]
    [MemberData(nameof(Table))]
    public async Task A_bad_request_is_refused_as_azure_does(BadRequest row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var path = row.Fill(row.Path, _client.Cloud.SubscriptionId);
        var body = row.Body is null ? null : new StringContent(row.Fill(row.Body, _client.Cloud.SubscriptionId), Encoding.UTF8, "application/json");
        using var response = await _client.Send(row.Method, path, body);

        var error = (await SandboxClient.Json(response))["error"]!;
        Assert.Equal((row.Status, row.Code), ((int)response.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Contains(row.Says, error.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }), StringComparison.Ordinal);
        Assert.NotEmpty(row.Source);
    }

    [Fact]
    public void Every_rule_stands_once()
    {
        Assert.Equal(BadRequestTable.Rows.Length, BadRequestTable.Rows.Select(row => row.Rule).Distinct().Count());
    }
}
