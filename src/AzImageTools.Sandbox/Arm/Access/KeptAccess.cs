using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>Roles, denials and policies, kept in the cloud's folder.</summary>
internal sealed class KeptAccess(SandboxAccess access) : IKeptPart
{
    public string Name => "access";

    public JsonNode Save() => KeptJson.Save(access.Rules);

    public void Load(JsonNode saved) => access.Rules = KeptJson.Load<AccessRules>(saved);
}
