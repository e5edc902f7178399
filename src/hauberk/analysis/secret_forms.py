# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501  rows of a table
"""The forms of tokens that issuers document, one row each: how it begins, the whole, and what makes it sure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hauberk.analysis import secret_sure as sure
from hauberk.core.scales import Confidence, Severity

Sure = Callable[[bytes], Confidence | None]
"""How sure a match is a live secret; None where it is none."""
_HIGH, _CRITICAL, _MEDIUM = Severity.HIGH, Severity.CRITICAL, Severity.MEDIUM
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CONNECTION = r"(?i)(?<![a-z])(?:host|hostaddr|server|address|addr|dbname|database|initial catalog|data source|driver|dsn|port|user|user ?id|uid|sslmode) ?=[^=]"
"""Another part of a connection's string."""
_PART = r"([^\s;&,()\[\]\"'{}<>]{6,64})"
_SESSION = r"[\w.-]{0,32}(?:sess|sid|token|auth|jwt|sso|remember|login|ticket|xsrf)[\w.-]{0,32}"
"""What a cookie is called that opens a session."""


@dataclass(frozen=True, slots=True)
class Form:
    """One issuer's form of token."""

    kind: str
    anchor: str
    """Expression of one length for how it begins, or for what stands in it; all of them make one small automaton."""
    pattern: str
    """Regular expression; the secret is its group, or else the whole match."""
    sure: Sure = sure.form
    severity: Severity = _HIGH
    lead: int = 0
    """Most bytes of the secret before its anchor."""
    needs: bytes = b""
    """What must stand in the bytes after the anchor, as a cheap test."""
    beside: str = ""
    """Expression for what must stand in the same line, where the form alone could be anything."""

    @property
    def width(self) -> int:
        """Length of what the anchor matches."""
        first = re.sub(r"\(\?:([^|)]*)[^)]*\)", r"\1", self.anchor)
        flat = re.sub(r"\[[^\]]*\]|\\.", "x", first)
        return len(re.sub(r"(.)\{(\d+)\}", lambda match: match[1] * int(match[2]), flat))


FORMS: tuple[Form, ...] = (
    Form("AWS access key id", "A[KS]IA[A-Z0-9]{4}", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", sure.aws),
    Form("AWS identifier", "(?:ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|APKA|AROA|ASCA)[A-Z0-9]{4}", r"\b(?:ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|APKA|AROA|ASCA)[A-Z0-9]{16}\b", sure.aws, _MEDIUM),
    Form("AWS identifier", "A3T[A-Z0-9]{5}", r"\bA3T[A-Z0-9]{17}\b", sure.aws, _MEDIUM),
    Form("AWS AppSync key", "da2-[a-z0-9]{4}", r"\bda2-[a-z0-9]{26}\b"),
    Form("AWS MWS token", r"amzn\.mws\.", rf"\bamzn\.mws\.(?:{_UUID}|[0-9a-z]{{8}}(?:-[0-9a-z]{{4}}){{3}}-[0-9a-z]{{12}})"),
    Form("AWS Bedrock key", "ABSK[A-Za-z0-9+/]{4}", r"\bABSK[A-Za-z0-9+/]{28,800}={0,2}"),
    Form("AWS Bedrock key", "bedrock-api-key-", r"\bbedrock-api-key-[A-Za-z0-9+/]{28,800}={0,2}"),
    Form("Alibaba access key id", "LTAI[A-Za-z0-9]{4}", r"\bLTAI[A-Za-z0-9]{12,20}\b"),
    Form("GitHub token", "gh[pousr]_[A-Za-z0-9]{4}", r"\bgh[pousr]_[A-Za-z0-9]{36}\b", sure.crc, _CRITICAL),
    Form("GitHub token", "gh[pousr]_[A-Za-z0-9]{4}", r"\bgh[pousr]_[A-Za-z0-9_.-]{36,1200}", sure.loose, _CRITICAL),
    Form("GitHub fine-grained token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{80,255}", sure.form, _CRITICAL),
    Form("GitLab token", "gl(?:pat|rtr|ptt|oas|cbt|imt)-", r"\bgl(?:pat|dt|rt|rtr|ptt|ft|wt|agent|soat|ffct|oas|cbt|imt)-[A-Za-z0-9_-]{20,64}(?:\.[A-Za-z0-9_-]{2,16}){0,2}", sure.form, _CRITICAL),
    Form("GitLab token", "gl(?:dt|rt|ft|wt)-", r"\bgl(?:pat|dt|rt|rtr|ptt|ft|wt|agent|soat|ffct|oas|cbt|imt)-[A-Za-z0-9_-]{20,64}(?:\.[A-Za-z0-9_-]{2,16}){0,2}", sure.form, _CRITICAL),
    Form("GitLab token", "gl(?:soat|ffct)-", r"\bgl(?:pat|dt|rt|rtr|ptt|ft|wt|agent|soat|ffct|oas|cbt|imt)-[A-Za-z0-9_-]{20,64}(?:\.[A-Za-z0-9_-]{2,16}){0,2}", sure.form, _CRITICAL),
    Form("GitLab token", "glagent-", r"\bgl(?:pat|dt|rt|rtr|ptt|ft|wt|agent|soat|ffct|oas|cbt|imt)-[A-Za-z0-9_-]{20,64}(?:\.[A-Za-z0-9_-]{2,16}){0,2}", sure.form, _CRITICAL),
    Form("GitLab token", "GR1348941", r"\bGR1348941[A-Za-z0-9_-]{20,64}"),
    Form("GitLab session", "_gitlab_session=", r"_gitlab_session=[A-Za-z0-9_-]{20,64}"),
    Form("Hugging Face token", "hf_[A-Za-z]{4}", r"\bhf_[A-Za-z]{34}\b"),
    Form("Hugging Face token", "hf_[A-Za-z0-9_-]{4}", r"\bhf_[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-])", sure.loose),
    Form("Hugging Face token", "api_org_", r"\bapi_org_[A-Za-z]{34}\b"),
    Form("OpenAI key", "T3BlbkFJ", r"\bsk-(?:(?:proj|svcacct|admin)-)?[A-Za-z0-9_-]{16,160}T3BlbkFJ[A-Za-z0-9_-]{16,160}", sure.form, _HIGH, 180),
    Form("OpenAI key", "9wZW5BS", r"\bsk-[A-Za-z0-9_-]{16,160}9wZW5BS[A-Za-z0-9_-]{16,160}", sure.form, _HIGH, 180),
    Form("OpenAI key", "PcGVuQU", r"\bsk-[A-Za-z0-9_-]{16,160}PcGVuQU[A-Za-z0-9_-]{16,160}", sure.form, _HIGH, 180),
    Form("Anthropic key", "sk-ant-[a-z]{3}", r"\bsk-ant-(?:api|admin|oat|ort)\d\d-[A-Za-z0-9_-]{64,128}"),
    Form("OpenRouter key", "sk-or-v1-", r"\bsk-or-v1-[0-9a-f]{64}\b"),
    Form("DeepSeek key", "sk-[0-9a-f]{8}", r"\bsk-[0-9a-f]{32,64}(?![A-Za-z0-9_-])", sure.loose),
    Form("Groq key", "gsk_[A-Za-z0-9]{4}", r"\bgsk_[A-Za-z0-9]{52}\b"),
    Form("Groq key", "gsk_[A-Za-z0-9_-]{4}", r"\bgsk_[A-Za-z0-9_-]{40,80}", sure.loose),
    Form("xAI key", "xai-[A-Za-z0-9_-]{4}", r"\bxai-[A-Za-z0-9_-]{80}(?![A-Za-z0-9_-])"),
    Form("Perplexity key", "pplx-[A-Za-z0-9_-]{4}", r"\bpplx-[A-Za-z0-9_-]{40,64}(?![A-Za-z0-9_-])", sure.loose),
    Form("Together AI key", "tgp_v1_", r"\btgp_v1_[A-Za-z0-9_-]{43}"),
    Form("Tavily key", "tvly-[A-Za-z0-9_-]{4}", r"\btvly-[A-Za-z0-9_-]{32,46}(?![A-Za-z0-9_-])", sure.loose),
    Form("LlamaCloud key", "llx-[A-Za-z0-9_-]{4}", r"\bllx-[A-Za-z0-9_-]{48}(?![A-Za-z0-9_-])"),
    Form("Replicate token", "r8_[A-Za-z0-9]{4}", r"\br8_[A-Za-z0-9]{37}\b"),
    Form("Pinecone key", "pcsk_[A-Za-z0-9]{4}", r"\bpcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}\b"),
    Form("LangSmith key", "lsv2_[ps][tk]_", r"\blsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}\b"),
    Form("Nomic key", "nk-[A-Za-z0-9_-]{8}", r"\bnk-[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", sure.loose),
    Form("NVIDIA key", "nvapi-", r"\bnvapi-[A-Za-z0-9_-]{60,70}"),
    Form("Slack token", "xox[a-z]-", r"\bxox[a-z]-[0-9A-Za-z-]{10,250}", sure.loose),
    Form("Slack token", "xapp-", r"\bxapp-[0-9A-Za-z-]{10,250}", sure.loose),
    Form("Slack webhook", r"hooks\.slack\.com/services/T", r"hooks\.slack\.com/services/T[A-Z0-9]{8,16}/B[A-Z0-9]{8,16}/[A-Za-z0-9_]{24}"),
    Form("Discord webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/[0-9]{16,22}/[A-Za-z0-9_-]{40,100}", sure.form, _HIGH, 16),
    Form("Discord bot token", r"[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz][A-Za-z0-9_-]{20}", r"\b[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz][A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![A-Za-z0-9_-])"),
    Form("Google API key", "AIza[0-9A-Za-z_-]{4}", r"\bAIza[0-9A-Za-z_-]{35}"),
    Form("Google OAuth secret", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])"),
    Form("Google OAuth token", r"ya29\.", r"\bya29\.[A-Za-z0-9_-]{22,8000}", sure.loose),
    Form("Stripe live key", "[psr]k_live_", r"\b[psr]k_live_[0-9A-Za-z]{24,160}\b", sure.form, _CRITICAL),
    Form("Stripe test key", "[sr]k_test_", r"\b[sr]k_test_[0-9A-Za-z]{24,160}\b", sure.form, Severity.LOW),
    Form("Stripe test key", "pk_test_", r"\bpk_test_[0-9A-Za-z]{24,160}\b", sure.form, Severity.LOW),
    Form("Stripe webhook secret", "whsec_", r"\bwhsec_[0-9A-Za-z]{24,160}\b"),
    Form("Square token", "EAAA[0-9A-Za-z_-]{4}", r"\bEAAA[0-9A-Za-z_-]{60}(?![0-9A-Za-z_-])"),
    Form("Square token", "sq0[a-z]{3}-", r"\bsq0[a-z]{3}-[0-9A-Za-z_-]{22}(?:[0-9A-Za-z_-]{21})?(?![0-9A-Za-z_-])"),
    Form("Facebook token", "EAA[0-9A-Za-z]{8}", r"\bEAA[0-9A-Za-z]{80,800}\b"),
    Form("Instagram token", "IGQVJ", r"\bIGQVJ[=0-9A-Za-z_-]{100,8000}"),
    Form("PayPal token", r"access_token\$", r"access_token\$production\$[0-9a-z]{16}\$[0-9a-z]{32}"),
    Form("Azure storage key", "AccountKey=", r"\bAccountKey=[A-Za-z0-9+/]{86}==", sure.azure, _CRITICAL),
    Form("Azure key", "JQQJ9[9DH]", r"\b[0-9A-Za-z]{52}JQQJ9[9DH][0-9A-Za-z]{26}(?:[0-9A-Za-z]{2}==|[0-9A-Za-z]{4})?", sure.form, _CRITICAL, 52),
    Form("Azure client secret", "8Q~[0-9A-Za-z_~.-]{8}", r"(?<![0-9A-Za-z_~.-])[0-9A-Za-z_~.-]{3}8Q~[0-9A-Za-z_~.-]{31,34}(?![0-9A-Za-z_~-])", sure.form, _CRITICAL, 3),
    Form("npm token", "npm_[A-Za-z0-9]{4}", r"\bnpm_[A-Za-z0-9]{36}\b", sure.crc, _CRITICAL),
    Form("npm token", "npm_[A-Za-z0-9_-]{4}", r"\bnpm_[A-Za-z0-9_-]{36,255}", sure.loose, _CRITICAL),
    Form("PyPI token", "pypi-[A-Za-z0-9_-]{4}", r"\bpypi-(?:AgE[A-Za-z0-9_-]{60,250}|[A-Za-z0-9_-]{150,255})", sure.form, _CRITICAL),
    Form("RubyGems key", "rubygems_", r"\brubygems_[0-9a-f]{48}\b"),
    Form("NuGet key", "oy2[a-z0-9]{8}", r"\boy2[a-z0-9]{43}\b"),
    Form("Clojars token", "CLOJARS_", r"\bCLOJARS_[0-9a-f]{60}\b"),
    Form("Databricks token", "dapi[0-9a-f]{4}", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    Form("SendGrid key", r"SG\.[A-Za-z0-9_-]{4}", r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    Form("Telegram bot token", ":[A-Za-z0-9_-]{8}", r"\b\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", sure.form, _HIGH, 10),
    Form("DigitalOcean token", "do[oprs]_v1_", r"\bdo[oprs]_v1_[0-9a-f]{64}\b"),
    Form("HashiCorp Vault token", r"hv[brs]\.[A-Za-z0-9_-]{4}", r"\bhv[brs]\.[A-Za-z0-9_-]{24,200}"),
    Form("Terraform token", r"\.atlasv1\.", r"\b[0-9A-Za-z_-]{14}\.atlasv1\.[0-9A-Za-z_=-]{60,70}", sure.form, _HIGH, 14),
    Form("Docker Hub token", "dckr_[op]at_", r"\bdckr_[op]at_[A-Za-z0-9_-]{27,32}"),
    Form("Docker swarm secret", "SWM[KT][A-Z]{2}-1-", r"\bSWM(?:TKN-1-[0-9a-z]{50}-[0-9a-z]{25}|KEY-1-[0-9A-Za-z+/]{43})"),
    Form("age secret key", "AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    Form("Atlassian token", "ATATT3xFfGF0", r"\bATATT3xFfGF0[A-Za-z0-9_-]{80,800}(?:(?:\\?=|%3[dD])[A-F0-9]{8})?"),
    Form("Bitbucket token", "ATCTT3xFfGN0", r"\bATCTT3xFfGN0[A-Za-z0-9_-]{80,800}(?:(?:\\?=|%3[dD])[A-F0-9]{8})?"),
    Form("Bitbucket app password", "ATBB[A-Za-z0-9]{4}", r"\bATBB[A-Za-z0-9]{24}[A-F0-9]{8}\b"),
    Form("Bitbucket token", "BBDC-", r"\bBBDC-[MNO][A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    Form("Jira token", "[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz]", r"(?<![A-Za-z0-9_/+=-])[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz][0-9A-Za-z_-]{40}(?![0-9A-Za-z_/+=-])", sure.mixed, _MEDIUM),
    Form("JFrog token", "AKCp[0-9A-Za-z_-]{4}", r"\bAKCp[0-9A-Za-z_-]{69}(?![0-9A-Za-z_-])"),
    Form("JFrog token", "cmVmdGtuO", r"\bcmVmdGtuO[0-9A-Za-z_-]{55}(?![0-9A-Za-z_-])"),
    Form("Grafana token", "gl[cs][_a-z]", r"\bgl(?:sa_[0-9A-Za-z_-]{32}_[0-9A-Fa-f]{8}|c_eyJ[0-9A-Za-z_-]{80,360})"),
    Form("Heroku key", "HRKU-", rf"\bHRKU-(?:{_UUID}|[0-9A-Za-z_-]{{60}})"),
    Form("Dropbox token", r"sl\.[0-9A-Za-z_-]{8}", r"\bsl\.(?:u\.)?[0-9A-Za-z_-]{77,1200}"),
    Form("Dropbox token", r"sl\.u\.", r"\bsl\.u\.[0-9A-Za-z_-]{77,1200}"),
    Form("Linear key", "lin_api_", r"\blin_api_[0-9A-Za-z]{40}\b"),
    Form("Notion token", "ntn_[0-9]{4}", r"\bntn_[0-9]{9,11}[0-9A-Za-z_-]{35,255}"),
    Form("Airtable token", "pat[0-9A-Za-z]{14}[.]", r"\bpat[0-9A-Za-z]{14}\.[0-9a-f]{64}\b"),
    Form("Figma token", "figd_", r"\bfigd_[0-9A-Za-z_-]{40}(?![0-9A-Za-z_-])"),
    Form("Contentful token", "CFPAT-", r"\bCFPAT-[0-9A-Za-z_-]{43}(?![0-9A-Za-z_-])"),
    Form("Cloudflare token", "cf[auk][t_]", r"\bcf(?:at|ut|k)_[0-9A-Za-z]{40}[0-9a-f]{8}\b"),
    Form("CircleCI token", "CCIPAT_", r"\bCCIPAT_[0-9A-Za-z]{22}_[0-9a-f]{40}\b"),
    Form("Doppler token", r"dp\.[a-z]{2}", r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[0-9A-Za-z]{40,44}\b"),
    Form("Dynatrace token", r"dt0[a-z][0-9]{2}\.", r"\bdt0[a-z][0-9]{2}\.[0-9A-Z]{24}\.[0-9A-Z]{64}\b"),
    Form("New Relic key", "NR[ABIJ][A-Z]-", r"\bNR(?:AK-[0-9A-Z]{27}|BR-[0-9a-f]{19,20}|II-[0-9A-Za-z_-]{25,32}|JS-[0-9a-z]{19})"),
    Form("New Relic key", "NRAL", r"\b[0-9a-z]{5}[0-9a-f]{31}NRAL\b", sure.form, _HIGH, 36),
    Form("PlanetScale credential", "pscale_", r"\bpscale_(?:tkn|oauth|pw)_[.0-9A-Za-z_-]{32,64}"),
    Form("Pulumi token", "pul-[0-9a-f]{4}", r"\bpul-[0-9a-f]{40}\b"),
    Form("Postman key", "PMA[KT]-", r"\bPMA(?:K-[0-9a-f]{24}-[0-9a-f]{34}|T-[0-9A-Z]{26})\b"),
    Form("Sentry token", "sntry[su]_", r"\bsntry(?:u_[0-9a-f]{64}|s_eyJ[0-9A-Za-z_+/-]{80,8000}=*(?:_[0-9A-Za-z+/_-]{32,256})?)"),
    Form("1Password token", "ops_eyJ", r"\bops_eyJ[0-9A-Za-z_-]{168,8000}"),
    Form("Brevo key", "xkeysib-", r"\bxkeysib-[0-9a-f]{64}-[0-9A-Za-z_-]{16}"),
    Form("Mailchimp key", "-us[0-9]", r"\b[0-9a-zA-Z_-]{32}-us[0-9]{1,2}\b", sure.form, _HIGH, 32),
    Form("Mailgun key", "key-[0-9a-z]{4}", r"\bkey-[0-9a-z]{32}\b"),
    Form("Shopify token", "shp[a-z]{2}", r"\bshp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}\b"),
    Form("SonarQube token", "sq[apu]_[0-9a-f]{4}", r"\bsq[apu]_[0-9a-f]{40}\b"),
    Form("Sourcegraph token", "sgp_", r"\bsgp_(?:local_|[0-9a-f]{16}_)?[0-9a-f]{40}\b"),
    Form("Supabase token", "sbp_", r"\bsbp_(?:v0_)?[0-9a-f]{40}\b"),
    Form("Tailscale key", "tskey-", r"\btskey-(?:api|auth|client|scim|webhook)-[0-9A-Za-z]{8,24}-[0-9A-Za-z]{24,40}\b"),
    Form("Twilio key", "SK[0-9a-fA-F]{8}", r"\bSK[0-9a-fA-F]{32}\b"),
    Form("Twilio identifier", "[A-Z][A-Z][0-9a-f]{16}", r"\b(?:AC|AD|AL|CA|CF|CL|CN|CR|FW|IP|KS|MM|NO|PK|PN|QU|RE|SC|SD|SK|SM|TR|UT|XE|XR)[0-9a-f]{32}\b", sure.loose, _MEDIUM),
    Form("WakaTime key", "waka_", rf"\bwaka_{_UUID}\b"),
    Form("Riot Games key", "RGAPI-", rf"\bRGAPI-{_UUID}\b"),
    Form("WunderGraph key", "cosmo_[0-9a-f]{4}", r"\bcosmo_[0-9a-f]{32}\b"),
    Form("Akamai credential", "akab-", r"\bakab-[0-9a-z]{16}-[0-9a-z]{16}(?!\.[0-9a-z-]{1,80}\.akamaiapis)"),
    Form("Nylas key", "nyk_v0_", r"\bnyk_v0_[0-9A-Za-z_-]{64}"),
    Form("Defined Networking key", "dnkey-", r"\bdnkey-[A-Z2-7]{26}-[A-Z2-7]{52}\b"),
    Form("PASETO token", r"v[1-4]\.local\.", r"\bv[1-4]\.local\.[0-9A-Za-z_-]{15,8000}", sure.loose, _MEDIUM),
    Form("PASETO token", r"v[1-4]\.public\.", r"\bv[1-4]\.public\.[0-9A-Za-z_-]{15,8000}", sure.loose, _MEDIUM),
    Form("PASERK key", r"k[1-4]\.[ls]", r"\bk[1-4]\.(?:local|secret)(?:-pw)?\.[0-9A-Za-z_-]{15,8000}", sure.loose),
    Form("X bearer token", "AAAAAAAAAAAAAAAAAAAAA[0-9A-Za-z%]", r"\bA{21}[0-9A-Za-z%]{40,80}(?:%3D|=)[0-9A-Za-z%]{40,60}", sure.loose),
    Form("NTLM message", "TlRMTVNTUAA[BCD]AAAA", r"\bTlRMTVNTUAA[BCD]AAAA[=0-9A-Za-z_/+-]{28,8000}", sure.loose, _MEDIUM),
    Form("Wandb key", "local-[0-9a-f]{8}", r"\blocal-[0-9a-f]{40}\b"),
    Form("signed JWT", r"\.eyJ[A-Za-z0-9_-]{4}", r"\beyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10,900}\.[A-Za-z0-9_-]{20,700}", sure.jwt, _MEDIUM, 403),
    Form("key in JSON", "eyJ[A-Za-z0-9_-]{8}", r"(?<![A-Za-z0-9_.+/-])eyJ[A-Za-z0-9_+/-]{60,8000}", sure.key_in_json, _MEDIUM),
    Form("private key", "PRIVATE KEY-----", r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(?:[\sA-Za-z0-9+/=\"',]|\\n|\\r){60,900}", sure.pem, _CRITICAL, 20),
    Form("private key in base64", "LS0tLS1CRUdJTi", r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{100,12000}={0,2}", sure.pem_in_base64, _CRITICAL),
    Form("password in a URL", "://[^/@'\"<>]", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"<>]{0,64}:[^\s/@,:'\"<>]{3,64}@[A-Za-z0-9.-]{2,120}", sure.url, _HIGH, 21, b"@"),
    Form("Teams webhook", "/IncomingWebhook/", rf"[a-z0-9.-]{{0,60}}office\.com/webhook(?:b2)?/{_UUID}@{_UUID}/IncomingWebhook/[0-9a-f]{{32}}/{_UUID}", sure.form, _HIGH, 160),
    Form("Azure shared access signature", "sig=[A-Za-z0-9%+/_-]{4}", r"(?<![A-Za-z_])sig=((?:[A-Za-z0-9+/_-]|%2[BFbf]){43}(?:=|%3[Dd])?)(?![A-Za-z0-9%+/_-])", sure.form, _CRITICAL),
    Form("Azure key", r"KeyCredential\(", r"KeyCredential\(\s*(?:key\s*=\s*)?[\"']([A-Za-z0-9+/=_-]{24,200})[\"']", sure.opaque),
    Form("Wandb key", r"wandb[. ]login", r"wandb(?:\.login\([^()]{0,160}?| login[^\n#]{0,60}?)(?<![0-9a-zA-Z])([0-9a-f]{40})\b", sure.opaque),
    Form("Wandb key", "wandb_v1_", r"\bwandb_v1_[A-Za-z0-9_]{40,120}"),
    Form("Kaggle key", "[\"']username[\"']", r"[\"']username[\"']\s*:\s*[\"'][^\"'\n]{1,64}[\"']\s*,\s*[\"']key[\"']\s*:\s*[\"']([0-9a-f]{32})[\"']", sure.opaque),
    Form("password of a netrc", "machine[ \t\n]", r"\bmachine\s+[\w.-]{2,120}\s+login\s+\S{1,80}\s+(?:account\s+\S{1,80}\s+)?password\s+([^\s\"'<>]{6,200})", sure.password),
    Form("password of a pgpass", ":[0-9]{4}:", r"(?m)^[\w.*-]{1,120}:\d{4}:[\w*-]{1,64}:[\w*.@-]{1,64}:([^\s:]{6,100})[ \t]*\r?$", sure.password, _HIGH, 120),
    Form("password of a connection", "[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]=", rf"(?i)password={_PART}", sure.password, beside=_CONNECTION),
    Form("password of a connection", "[Pp][Ww][Dd]=", rf"(?i)pwd={_PART}", sure.password, beside=_CONNECTION),
    Form("cookie of a session", "[Cc][Oo][Oo][Kk][Ii][Ee]", rf"(?i)cookie[\"']?\]?\s{{0,4}}[:=]\s{{0,4}}[\"']?(?:[\w.-]{{1,64}}=[^;\s\"']{{0,400}};\s?){{0,12}}?{_SESSION}=([^;\s\"'\\,]{{16,2000}})", sure.opaque),
    Form("cookie of a session", "[Cc][Oo][Oo][Kk][Ii][Ee][Ss]", rf"(?i)cookies[\"']?\s{{0,4}}[:=]\s{{0,4}}(?:dict\(|\{{)[^{{}}]{{0,300}}?[\"']?{_SESSION}[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']([^\s\"'\\]{{16,2000}})[\"']", sure.opaque),
    Form("password of a Basic header", "[Bb]asic [A-Za-z0-9+/]{8}", r"\b[Bb]asic ([A-Za-z0-9+/]{8,400}={0,2})(?![A-Za-z0-9+/=])", sure.basic),
    Form("bearer token", "[Bb]earer [A-Za-z0-9._~+/-]{8}", r"\b[Bb]earer ([A-Za-z0-9._~+/-]{20,4000}={0,2})(?![A-Za-z0-9._~+/=-])", sure.opaque),
    Form("token with an issuer's prefix", "[-_.][A-Za-z0-9]{28}", r"(?<![A-Za-z0-9_.+/=-])(?!sha\d|md5|blake)[A-Za-z][A-Za-z0-9]{1,15}[-_.](?:[A-Za-z0-9]{1,8}[-_.])?[A-Za-z0-9]{28,100}(?![A-Za-z0-9_+/=.-])", sure.mixed, _MEDIUM, 28),
)  # fmt: skip
